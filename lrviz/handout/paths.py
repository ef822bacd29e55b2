"""The dotted paths of a scene: all there are, which stand below which, and the whole scene written down by them."""

from collections.abc import Iterable, Iterator

from lrviz.spec import Spec, choices_of, fields_of, holds_many, kind_of, to_address, write_value


def paths_of(spec: Spec, above: str = "") -> Iterator[str]:
    """Yield the path of every field of a Spec, and of the Specs in it."""
    for name, info in fields_of(spec):
        path, value = f"{above}{name}", getattr(spec, name)
        yield path
        if choices_of(info.annotation):
            for inner, item in _inside(value, path):
                yield from paths_of(item, f"{inner}.")


def _inside(value: object, path: str) -> list[tuple[str, Spec]]:
    if isinstance(value, tuple):
        return [(f"{path}.{i}", item) for i, item in enumerate(value)]
    return [(path, value)] if isinstance(value, Spec) else []


def covered(path: str, by: Iterable[str]) -> bool:
    """Say whether a path, or one above it, is among others."""
    return any(path == other or path.startswith(f"{other}.") for other in by)


def changed(new: Spec, old: Spec) -> set[str]:
    """Return the paths at which two scenes of a kind differ, whichever of the two has more in it."""
    return set(to_address(new, old)) | set(to_address(old, new))


def named(spec: Spec, default: Spec) -> dict[str, str]:
    """Write what differs from the default; where nothing does, one field all the same: to be opened and not left."""
    return to_address(spec, default) or dict(list(whole(spec).items())[:1])


def whole(spec: Spec, above: str = "") -> dict[str, str]:
    """Write a Spec as an address that names every field, so that it says the same whatever the defaults become."""
    out: dict[str, str] = {}
    for name, info in fields_of(spec):
        path, value = f"{above}{name}", getattr(spec, name)
        if not choices_of(info.annotation):
            out[path] = write_value(value)
            continue
        if holds_many(info.annotation):
            out[path] = str(len(value))
        for inner, item in _inside(value, path):
            out |= {inner: kind_of(item)} | whole(item, f"{inner}.")
    return out
