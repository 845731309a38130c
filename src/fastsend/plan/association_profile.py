"""Association profiles of DCMTK's configuration files (``-xf``).

Five groups of sections: lists of transfer syntaxes, lists of presentation contexts that name them,
lists of roles and of extended negotiation items, and profiles that name the lists. UIDs stand as
numbers or under DCMTK's names. As in DCMTK the whole file has to be right, not only the profile
that is used, and a numbered list ends before the first number that is missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fastsend.errors import ConfigurationFileError
from fastsend.model.association_profile import (
    AssociationProfile,
    ExtendedNegotiation,
    RoleSelection,
)
from fastsend.model.proposal import PresentationContext
from fastsend.plan.configuration_file import read_groups
from fastsend.plan.contexts import MAX_CONTEXTS
from fastsend.plan.dcmtk_uids import uid_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from fastsend.plan.configuration_file import Entry, Section

LONGEST_FILE = 1 << 22
"""Bytes; DCMTK's own examples have some twenty thousand."""
LONGEST_EXTENDED_NEGOTIATION = 1023
"""Bytes of application information that DCMTK takes, whose manual says one more."""
LONGEST_UID = 64
"""Characters (PS3.5 9.1)."""

_LONGEST_SHOWN = 80
_ROLES = {"SCU": (True, False), "SCP": (False, True), "BOTH": (True, True)}


def read_association_profile(path: str, name: str) -> AssociationProfile:
    """Return a profile of a configuration file.

    Parameters
    ----------
    path : str
        The file.
    name : str
        The profile; upper and lower case and blanks do not matter.

    Raises
    ------
    ConfigurationFileError
        Where the file cannot be read, something in it is wrong, or it has no such profile.
    """
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib costs start-up time
            data = file.read(LONGEST_FILE + 1)
    except (OSError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else str(exc)
        raise ConfigurationFileError(f"{path}: cannot open the file: {reason}") from exc
    if len(data) > LONGEST_FILE:
        raise ConfigurationFileError(f"{path}: longer than {LONGEST_FILE} bytes")
    try:
        return _Configuration(data.decode("utf-8", "surrogateescape")).profile(name)
    except _Fault as fault:
        where = f"{path}, line {fault.line}" if fault.line else path
        raise ConfigurationFileError(f"{where}: {fault}") from None


class _Fault(Exception):  # noqa: N818 - becomes an error with the name of the file
    """What is wrong, and in which line; 0 where it is none."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


class _Profile(NamedTuple):
    contexts: str
    roles: str | None
    extended_negotiation: str | None


class _Configuration:
    """A whole configuration file; lists by the names of their sections."""

    def __init__(self, text: str) -> None:
        self._groups = read_groups(text)
        self._syntaxes: dict[str, list[str]] = {}
        self._contexts: dict[str, list[tuple[str, str]]] = {}
        self._roles: dict[str, dict[str, tuple[bool, bool]]] = {}
        self._extended: dict[str, dict[str, bytes]] = {}
        self._profiles: dict[str, _Profile] = {}
        for section in self._sections("TransferSyntaxes", required=True):
            self._read_syntaxes(section)
        for section in self._sections("PresentationContexts", required=True):
            self._read_contexts(section)
        for section in self._sections("SCPSCURoleSelection"):
            self._read_roles(section)
        for section in self._sections("ExtendedNegotiation"):
            self._read_extended_negotiation(section)
        for section in self._sections("Profiles", required=True):
            self._read_profile(section)

    def profile(self, name: str) -> AssociationProfile:
        """Return one of the profiles."""
        profile = self._profiles.get(_key(name))
        if profile is None:
            known = ", ".join(self._profiles) or "none"
            raise _Fault(0, f"there is no profile {name!r} in it; there are: {known}")
        return AssociationProfile(
            name,
            tuple(
                PresentationContext(2 * number + 1, sop_class, tuple(self._syntaxes[syntaxes]))
                for number, (sop_class, syntaxes) in enumerate(self._contexts[profile.contexts])
            ),
            tuple(
                RoleSelection(sop_class, *roles)
                for sop_class, roles in self._roles.get(profile.roles or "", {}).items()
            ),
            tuple(
                ExtendedNegotiation(*item)
                for item in self._extended.get(profile.extended_negotiation or "", {}).items()
            ),
        )

    def _sections(self, name: str, *, required: bool = False) -> Iterator[Section]:
        for group in self._groups:
            if group.name == name.upper():
                yield from group.sections
                return
        if required:
            raise _Fault(0, f"there is no group [[{name}]] in it")

    def _read_syntaxes(self, section: Section) -> None:
        for entry in section.numbered("TRANSFERSYNTAX"):
            uid = _uid(entry.value, "transfer syntax", entry)
            self._syntaxes.setdefault(section.name, []).append(uid)

    def _read_contexts(self, section: Section) -> None:
        for entry in section.numbered("PRESENTATIONCONTEXT"):
            name, syntaxes = _halves(entry, "a list of transfer syntaxes")
            if _key(syntaxes) not in self._syntaxes:
                raise _Fault(
                    entry.line,
                    f"there is no list {_shown(syntaxes)} with a TransferSyntax1 in "
                    "[[TransferSyntaxes]]",
                )
            contexts = self._contexts.setdefault(section.name, [])
            contexts.append((_uid(name, "SOP class", entry), _key(syntaxes)))
            if len(contexts) > MAX_CONTEXTS:
                raise _Fault(
                    entry.line,
                    f"an association has at most {MAX_CONTEXTS} presentation contexts, and "
                    f"[{section.name}] has more",
                )

    def _read_roles(self, section: Section) -> None:
        for entry in section.numbered("ROLE"):
            name, role = _halves(entry, "SCU, SCP or BOTH")
            roles = _ROLES.get(role.upper()) if role.isascii() else None
            if roles is None:
                raise _Fault(entry.line, f"the role has to be SCU, SCP or BOTH, not {_shown(role)}")
            uid = _uid(name, "SOP class", entry)
            if uid in self._roles.setdefault(section.name, {}):
                raise _Fault(
                    entry.line, f"the second role for SOP class {_shown(name)} in the list"
                )
            self._roles[section.name][uid] = roles

    def _read_extended_negotiation(self, section: Section) -> None:
        for entry in section.numbered("EXTENDEDNEGOTIATION"):
            name, digits = _halves(entry, "application information in hexadecimal digits")
            information = _bytes(digits, entry)
            uid = _uid(name, "SOP class", entry)
            if uid in self._extended.setdefault(section.name, {}):
                raise _Fault(
                    entry.line,
                    f"the second extended negotiation for SOP class {_shown(name)}",
                )
            self._extended[section.name][uid] = information

    def _read_profile(self, section: Section) -> None:
        contexts = section.entry("PRESENTATIONCONTEXTS")
        if contexts is None:
            raise _Fault(section.line, f"profile [{section.name}] has no PresentationContexts")
        if _key(contexts.value) not in self._contexts:
            raise _Fault(
                contexts.line,
                f"there is no list {_shown(contexts.value)} with a PresentationContext1 in "
                "[[PresentationContexts]]",
            )
        roles = section.entry("SCPSCUROLESELECTION")
        extended = section.entry("EXTENDEDNEGOTIATION")
        proposed = {uid for uid, _ in self._contexts[_key(contexts.value)]}
        if roles is not None:
            _check_list(roles, "Role", "SCPSCURoleSelection", self._roles, proposed)
        if extended is not None:
            key = "ExtendedNegotiation"
            _check_list(extended, key, key, self._extended, proposed)
        if section.name in self._profiles:
            raise _Fault(section.line, f"the second profile [{section.name}]")
        self._profiles[section.name] = _Profile(
            _key(contexts.value),
            None if roles is None else _key(roles.value),
            None if extended is None else _key(extended.value),
        )


def _check_list(
    entry: Entry, item: str, group: str, lists: Mapping[str, Collection[str]], proposed: set[str]
) -> None:
    """Check that the list that a profile names is there, and is about what is proposed."""
    if _key(entry.value) not in lists:
        raise _Fault(
            entry.line, f"there is no list {_shown(entry.value)} with a {item}1 in [[{group}]]"
        )
    for uid in lists[_key(entry.value)]:
        if uid not in proposed:
            raise _Fault(
                entry.line,
                f"{_shown(entry.value)} in [[{group}]] names SOP class {uid}, which the "
                "presentation contexts of the profile do not propose",
            )


def _shown(text: str) -> str:
    """Return a value of the file as an error quotes it."""
    return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}...")


def _key(name: str) -> str:
    """Return the name of a section as others refer to it."""
    # Only ASCII letters have a case there, and only ASCII blanks are blanks.
    text = b"".join(name.encode("utf-8", "surrogateescape").upper().split())
    return text.decode("utf-8", "surrogateescape")


def _halves(entry: Entry, second: str) -> tuple[str, str]:
    name, backslash, rest = entry.value.partition("\\")
    if not backslash:
        raise _Fault(
            entry.line, f"expected a SOP class, a backslash and {second}, not {_shown(entry.value)}"
        )
    return name, rest


def _uid(text: str, what: str, entry: Entry) -> str:
    """Return the UID that a number or one of DCMTK's names stands for."""
    uid = uid_of(text)
    if uid is None:
        blanks = "; mind the blanks around it" if text != text.strip() else ""
        raise _Fault(entry.line, f"{_shown(text)} is no {what} that is known, and no UID{blanks}")
    if len(uid) > LONGEST_UID:
        raise _Fault(
            entry.line, f"{_shown(uid)} is longer than the {LONGEST_UID} characters of a UID"
        )
    return uid


def _bytes(digits: str, entry: Entry) -> bytes:
    if len(digits) > 2 * LONGEST_EXTENDED_NEGOTIATION:
        raise _Fault(
            entry.line,
            f"the application information has more than {LONGEST_EXTENDED_NEGOTIATION} bytes",
        )
    if not digits or len(digits) % 2 or not set(digits) <= set("0123456789abcdefABCDEF"):
        raise _Fault(
            entry.line,
            "the application information has to be pairs of hexadecimal digits without anything "
            f"between them, not {_shown(digits)}",
        )
    return bytes.fromhex(digits)
