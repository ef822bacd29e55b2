"""A log as TensorBoard keeps it: the scalars of one event file, from whichever library wrote it.

Only workers read one: importing tensorboardX imports torch where torch is installed.
"""

import struct
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError
from tensorboardX.proto.event_pb2 import Event  # type: ignore[attr-defined]
from tensorboardX.record_writer import masked_crc32c

from lrviz.training_log.log import LogError, Measured, Remark
from lrviz.training_log.table import printable

LIMIT_TAGS = 200
LIMIT_POINTS = 100_000
LARGEST_RECORD = 1_000_000
"""Bytes; a scalar takes about fifty, and what is larger is a graph or a picture."""
LONGEST_TAG = 200
SCALARS = ("scalars", "")
"""The plugins whose tensors are scalars: TensorBoard's own, and none, where the record that names it is lost."""
NUMBERS = {1: ("float_val", "<f4"), 2: ("double_val", "<f8"), 3: ("int_val", "<i4"), 9: ("int64_val", "<i8")}
"""Where a tensor of a type holds its values, and how they are written as raw bytes."""
HEADER, FOOTER = struct.Struct("<QI"), struct.Struct("<I")


@dataclass(frozen=True)
class EventLog:
    """The scalars of an event file by their tags: steps and values (n,) each, in the order they were written."""

    points: dict[str, tuple[Any, Any]]
    remarks: tuple[Remark, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The tags."""
        return tuple(self.points)

    def along(self, column: str) -> Measured:
        """Return what was written under a tag, over its steps. Raises ValueError if there is no such tag."""
        if column not in self.points:
            raise ValueError(column)
        return Measured("step", *self.points[column])


def is_event_file(data: bytes) -> bool:
    """Say whether bytes begin as an event file does: with a record whose length has the right checksum."""
    return len(data) >= HEADER.size and masked_crc32c(data[:8]) == HEADER.unpack_from(data)[1]


def read_events(data: bytes) -> EventLog:
    """Read every scalar of an event file, as written by SummaryWriter or tf.summary.

    As in TensorBoard, what is whole is read: a record with a wrong checksum is left out, and where the file is cut off
    or the length of a record is damaged, reading ends. What was left out is in the remarks.
    Raises LogError: no_scalars, too_many_points (limit).
    """
    reading = _Reading()
    for record in reading.records(data):
        reading.take(record)
    if not reading.points:
        raise LogError("no_scalars")
    return EventLog(reading.series(), tuple(reading.remarks()))


@dataclass
class _Reading:
    """One reading of one file: the points by tag, and what could not be used."""

    points: dict[str, list[tuple[int, float]]] = field(default_factory=lambda: defaultdict(list))
    others: set[str] = field(default_factory=set)
    damaged: int = 0
    cut_off: bool = False

    def records(self, data: bytes) -> Iterator[bytes]:
        at = 0
        while at < len(data):
            header = data[at : at + HEADER.size]
            start = at + HEADER.size
            length, check = HEADER.unpack(header) if len(header) == HEADER.size else (0, None)
            at = start + length + FOOTER.size
            if check != masked_crc32c(header[:8]) or at > len(data):
                self.cut_off = True
                return
            if length <= LARGEST_RECORD:
                yield from self._whole(data[start : start + length], data[start + length : at])

    def _whole(self, record: bytes, footer: bytes) -> Iterator[bytes]:
        if FOOTER.unpack(footer)[0] == masked_crc32c(record):
            yield record
        else:
            self.damaged += 1

    def take(self, record: bytes) -> None:
        try:
            event = Event.FromString(record)
        except DecodeError:
            self.damaged += 1
            return
        for value in event.summary.value:
            number = scalar(value)
            if number is None:
                self.others.add(value.tag[:LONGEST_TAG])
            else:
                self._keep(value.tag, event.step, number)

    def _keep(self, tag: str, step: int, number: float) -> None:
        held = self.points[tag]
        if len(held) >= LIMIT_POINTS:
            raise LogError("too_many_points", limit=LIMIT_POINTS)
        held.append((step, number))

    def series(self) -> dict[str, tuple[Any, Any]]:
        named: dict[str, tuple[Any, Any]] = {}
        for tag, points in list(self.points.items())[:LIMIT_TAGS]:
            name = printable(tag)[:LONGEST_TAG] or "#1"
            name = f"{name[: LONGEST_TAG - 8]} #{len(named) + 1}" if name in named else name
            steps, values = np.array(points, dtype=np.float64).T
            named[name] = (steps, values)
        return named

    def remarks(self) -> Iterator[Remark]:
        if len(self.points) > LIMIT_TAGS:
            yield Remark("more_tags", {"count": len(self.points), "limit": LIMIT_TAGS})
        if self.others:
            yield Remark("not_scalar", {"count": len(self.others)})
        if self.damaged:
            yield Remark("damaged", {"count": self.damaged})
        if self.cut_off:
            yield Remark("cut_off", {})


def scalar(value: Any) -> float | None:
    """Return the number of a summary's value: written as such, or as a tensor that holds one; None for all else."""
    if value.HasField("simple_value"):
        return value.simple_value
    if not value.HasField("tensor") or value.metadata.plugin_data.plugin_name not in SCALARS:
        return None
    name, dtype = NUMBERS.get(value.tensor.dtype, ("", "V1"))
    raw = value.tensor.tensor_content
    if name and len(raw) == np.dtype(dtype).itemsize:
        return float(np.frombuffer(raw, dtype)[0])
    held = getattr(value.tensor, name) if name and not raw else ()
    return float(held[0]) if len(held) == 1 else None
