"""What the compiled scanner must find in a file, in plain Python, as the oracle of its tests.

It reads a whole file from memory, by recursive descent, and knows nothing of windows.
"""

from __future__ import annotations

import re
import struct
from contextlib import suppress
from typing import NamedTuple

SHORT = frozenset(b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split())
LONG = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
UNDEFINED = 0xFFFFFFFF
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
PIXEL_DATA = 0x7FE00010
LAST_OF_PIXELS = 0x7FE0FFFF
REGULAR_UID = re.compile(rb"(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))*")
NOT_WALKED = {
    b"1.2.840.10008.1.2.1.99",
    b"1.2.840.10008.1.2.4.95",
    b"1.2.840.10008.1.2.4.205",
    b"1.2.840.10008.1.2.6.1",
    b"1.2.840.10008.1.2.6.2",
}
IMPLICIT = {b"1.2.840.10008.1.2", b"1.2.840.10008.1.20", b"1.2.840.113619.5.2"}
BIG_ENDIAN = b"1.2.840.10008.1.2.2"


class Found(NamedTuple):
    status: str
    detail: int = 0
    sop_class_uid: bytes = b""
    sop_instance_uid: bytes = b""
    transfer_syntax_uid: bytes = b""
    data_set_offset: int = 0
    encapsulated: bool = False
    complete: bool = False
    unterminated: bool = False
    space_padded: bool = False


class StoppedError(Exception):
    """The walk has its answer: a file that is cut, or nothing certain any more."""


class CutError(StoppedError):
    def __init__(self, offset: int) -> None:
        super().__init__(offset)
        self.offset = offset


class Uid(NamedTuple):
    quality: str
    text: bytes
    offset: int
    space_padded: bool = False


ABSENT = Uid("absent", b"", 0)


def take_uid(value: bytes, offset: int) -> Uid:
    text = value.rstrip(b"\0 ").lstrip(b" ")
    if len(value) > 128 or len(text) > 64 or re.search(rb"[^!-~]", text):
        return Uid("unusable", b"", offset)
    if not text:
        return ABSENT._replace(offset=offset)
    quality = "regular" if REGULAR_UID.fullmatch(text) else "irregular"
    return Uid(quality, text, offset, b" " in value)


class Head(NamedTuple):
    tag: int
    vr: bytes
    length: int
    value: int  # offset of the value


class ShortError(Exception):
    """The file ends inside a head; holds the tag, or 0."""


def read_head(file: bytes, offset: int, *, explicit: bool, big: bool) -> Head:
    end = ">" if big else "<"
    raw = file[offset : offset + 12]
    if len(raw) < 4:
        raise ShortError(0)
    group, element = struct.unpack_from(end + "HH", raw)
    tag = group << 16 | element
    if len(raw) < 8:
        raise ShortError(tag)
    if not explicit or group == 0xFFFE:
        return Head(tag, b"", struct.unpack_from(end + "L", raw, 4)[0], offset + 8)
    vr = raw[4:6]
    if vr in SHORT:
        return Head(tag, vr, struct.unpack_from(end + "H", raw, 6)[0], offset + 8)
    if vr not in LONG or raw[6:8] != b"\0\0":
        raise StoppedError
    if len(raw) < 12:
        raise ShortError(tag)
    return Head(tag, vr, struct.unpack_from(end + "L", raw, 8)[0], offset + 12)


class Walk:
    def __init__(self, file: bytes, *, explicit: bool, big: bool) -> None:
        self.file = file
        self.explicit = explicit
        self.big = big
        self.uids: dict[int, Uid] = {}
        self.encapsulated = False
        self.complete = False
        self.unterminated = False
        self.first_fits = False

    def data_set(self, offset: int) -> None:
        last_tag = None
        while offset < len(self.file):
            try:
                head = read_head(self.file, offset, explicit=self.explicit, big=self.big)
            except ShortError as short:
                if short.args[0] <= LAST_OF_PIXELS and self.file[offset:].strip(b"\0"):
                    raise CutError(offset) from None
                return
            if head.tag >> 16 == 0xFFFE or not self._fits(head, last_tag):
                return
            last_tag = head.tag
            self.first_fits |= not self._has_strange_length(head)
            if head.tag == PIXEL_DATA and head.length == UNDEFINED:
                self._pixel_data(head)
                return
            start, offset = offset, self._skip(head, offset, explicit=self.explicit)
            if head.tag in {0x00080016, 0x00080018} and head.tag not in self.uids:
                self.uids[head.tag] = take_uid(self.file[head.value : offset], start)
        self.complete = True

    def _fits(self, head: Head, last_tag: int | None) -> bool:
        if last_tag is None:
            if head.tag >> 16 > 0x00FF:
                return False
            if not self.explicit and struct.pack("<L", head.length)[:2] in SHORT | LONG:
                return False
        elif not self.explicit and head.tag <= last_tag:
            return False
        self.complete = head.tag > LAST_OF_PIXELS
        return not self.complete

    def _has_strange_length(self, head: Head) -> bool:
        may_be_undefined = not self.explicit or head.vr in {b"SQ", b"UN", b"OB", b"OW"}
        return head.length == UNDEFINED and not may_be_undefined

    def _skip(self, head: Head, offset: int, *, explicit: bool) -> int:
        if head.length != UNDEFINED:
            if head.length > len(self.file) - head.value:
                raise CutError(offset)
            return head.value + head.length
        if explicit and self._has_strange_length(head):
            raise StoppedError
        if explicit and head.vr == b"UN":
            if self.big:
                raise StoppedError
            explicit = False
        return self._sequence(head.value, explicit=explicit)

    def _sequence(self, offset: int, *, explicit: bool) -> int:
        while True:
            head = self._nested(offset, explicit=False)
            if head.tag == SEQUENCE_END and not head.length:
                return head.value
            if head.tag != ITEM:
                raise StoppedError
            if head.length == UNDEFINED:
                offset = self._item(head.value, explicit=explicit)
            elif head.length > len(self.file) - head.value:
                raise CutError(offset)
            else:
                offset = head.value + head.length

    def _item(self, offset: int, *, explicit: bool) -> int:
        while True:
            head = self._nested(offset, explicit=explicit)
            if head.tag == ITEM_END and not head.length:
                return head.value
            if head.tag >> 16 == 0xFFFE:
                raise StoppedError
            offset = self._skip(head, offset, explicit=explicit)

    def _nested(self, offset: int, *, explicit: bool) -> Head:
        try:
            return read_head(self.file, offset, explicit=explicit, big=self.big)
        except ShortError:
            raise CutError(offset) from None

    def _pixel_data(self, head: Head) -> None:
        if self._has_strange_length(head):
            return
        if self.explicit and head.vr == b"UN" and self.big:
            return
        self.encapsulated = self.unterminated = True
        offset = head.value
        while offset < len(self.file):
            try:
                item = read_head(self.file, offset, explicit=False, big=self.big)
            except ShortError as short:
                if short.args[0] == ITEM:
                    raise CutError(offset) from None
                return
            if item.tag != ITEM or item.length == UNDEFINED:
                self.complete = item.tag == SEQUENCE_END and not item.length
                self.unterminated = item.tag != SEQUENCE_END
                return
            if item.length > len(self.file) - item.value:
                raise CutError(offset)
            offset = item.value + item.length
        self.complete = True


def scan(file: bytes, *, check_uids: bool) -> Found:
    if file[128:132] != b"DICM":
        plausible = len(file) >= 8 and (
            file[:2] in {b"\x08\0", b"\0\x08"} or (file[:2] == b"\x02\0" and file[3] == 0)
        )
        return Found("NOT_PART10", int(plausible))
    return _scan_part10(file, check_uids=check_uids)


def _scan_part10(file: bytes, *, check_uids: bool) -> Found:
    uids = dict.fromkeys((0x00020002, 0x00020003, 0x00020010), ABSENT)
    offset, last_tag, group_end = 132, 0, None
    while offset < len(file):
        try:
            head = read_head(file, offset, explicit=True, big=False)
            tag, problem = head.tag, None
        except ShortError as short:
            tag, problem = short.args[0], "TRUNCATED"
        except StoppedError:
            tag, problem = int.from_bytes(file[offset : offset + 2], "little") << 16, "BAD_META"
        if tag >> 16 != 0x0002 or _deflate_begins(uids, offset, group_end):
            break
        if problem:
            return Found(problem, offset)
        if head.tag <= last_tag or head.length == UNDEFINED:
            return Found("BAD_META", offset)
        if head.length > len(file) - head.value:
            return Found("TRUNCATED", offset)
        value = file[head.value : head.value + head.length]
        if head.tag in uids:
            uids[head.tag] = take_uid(value, offset)
        offset = head.value + head.length
        if head.tag == 0x00020000 and len(value) == 4:
            group_end = offset + int.from_bytes(value, "little")
        last_tag = head.tag
    if not last_tag:
        return Found("BAD_META", 132)
    syntax = uids[0x00020010]
    if syntax.quality == "absent":
        return Found("NO_TRANSFER_SYNTAX", offset)
    if syntax.quality == "unusable" or (check_uids and syntax.quality == "irregular"):
        return Found("BAD_UID", syntax.offset)
    return _scan_data_set(file, offset, uids, check_uids=check_uids)


def _deflate_begins(uids: dict[int, Uid], offset: int, group_end: int | None) -> bool:
    return offset == group_end and uids[0x00020010].text in NOT_WALKED


def _scan_data_set(file: bytes, begin: int, uids: dict[int, Uid], *, check_uids: bool) -> Found:
    if begin >= len(file):
        return Found("TRUNCATED", begin)
    syntax = uids[0x00020010].text
    walk = Walk(file, explicit=syntax not in IMPLICIT, big=syntax == BIG_ENDIAN)
    if syntax not in NOT_WALKED:
        try:
            walk.data_set(begin)
        except CutError as cut:
            return Found("TRUNCATED", cut.offset)
        except StoppedError:
            pass
        if not walk.first_fits and syntax.startswith(b"1.2.840.10008."):
            other = _other_encoding(file, begin)
            if other is not None:
                return Found("OTHER_ENCODING", other)
    chosen = []
    for own, media, missing in (
        (0x00080016, 0x00020002, "NO_SOP_CLASS"),
        (0x00080018, 0x00020003, "NO_SOP_INSTANCE"),
    ):
        uid = walk.uids.get(own, ABSENT)
        uid = uids[media] if uid.quality == "absent" else uid
        if uid.quality == "absent":
            return Found(missing, begin)
        lenient = not check_uids or uids[media].quality == "regular"
        good = uid.quality == "regular" or (uid.quality == "irregular" and lenient)
        chosen.append((good, uid))
    for good, uid in chosen:
        if not good:
            return Found("BAD_UID", uid.offset)
    sop_class, sop_instance = (uid.text for _, uid in chosen)
    found = Found("OK", 0, sop_class, sop_instance, syntax, begin, walk.encapsulated)
    return found._replace(
        complete=walk.complete,
        unterminated=walk.unterminated,
        space_padded=any(uid.space_padded for _, uid in chosen),
    )


def _other_encoding(file: bytes, begin: int) -> int | None:
    """The encoding in which the first elements lead to a SOP Class UID."""
    for number, (explicit, big) in enumerate([(False, False), (True, False), (True, True)]):
        offset = begin
        with suppress(StoppedError, ShortError):
            while (head := read_head(file, offset, explicit=explicit, big=big)).tag <= 0x00080016:
                start, offset = offset, head.value + head.length
                if offset > len(file):
                    break
                if head.tag == 0x00080016:
                    if take_uid(file[head.value : offset], start).quality == "regular":
                        return number
                    break
    return None
