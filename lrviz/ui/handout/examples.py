"""The worked examples of a lesson that is handed out: those that change nothing that is locked, and need no file."""

from collections.abc import Mapping

from lrviz.handout import shows_own_data
from lrviz.ui.permalink import Desk, S


def offered(desk: Desk[S], scenes: Mapping[str, S]) -> Mapping[str, S]:
    """Return the worked examples that can be opened; none where the only one is what was handed out itself."""
    if desk.handout is None:
        return scenes
    kept = {name: one for name, one in scenes.items() if desk.allows(one) and not shows_own_data(one)}
    return {} if [*kept.values()] == [desk.base] else kept
