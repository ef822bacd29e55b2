"""Which machine computes the trainings and the checks; asked of a worker, because only workers may load torch."""


def name() -> str:
    """Name the device torch computes on: the first GPU's own name, or "CPU"."""
    import torch

    return torch.cuda.get_device_name(0) if torch.cuda.is_available() else "CPU"


def answer() -> dict[str, object]:
    """The same as an answer for a page, which has the words for its code."""
    return {"code": "device", "values": {"name": name()}, "tone": "note"}
