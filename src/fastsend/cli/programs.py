"""The programs that a command line can be written for: fastsend, and two of DCMTK's.

``fastsend-storescu`` and ``fastsend --compat storescu`` take the options of storescu, with its
defaults and its rules for them; so do ``fastsend-dcmsend`` and ``--compat dcmsend``. Options of
fastsend's own are taken too, where they have a long spelling only and something to change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from fastsend.cli.option import default_of, whole_of
from fastsend.cli.table import PARAMETERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastsend.cli.option import Option, Parameter
    from fastsend.model.options import Compat


class Program(NamedTuple):
    """How a command line is understood."""

    name: str
    title: str
    """What it is, as its help and its errors say."""
    compat: Compat | None
    defaults: Mapping[str, Any]
    """Fields of `SendOptions` that it has other defaults for."""

    @property
    def command(self) -> str:
        """The name of the command."""
        return f"fastsend-{self.name}" if self.compat else self.name

    def has(self, option: Option) -> bool:
        """Return True where `option` is one of the program's."""
        if self.compat is None:
            return True
        if option.known == "fastsend":
            return not option.short and self.compat not in option.not_in
        return option.known in ("both", self.compat)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The positional parameters, of which the last may be given many times."""
        *first, last = PARAMETERS
        return (*first, last._replace(name="dcmfile-in")) if self.compat else PARAMETERS

    @property
    def usage(self) -> str:
        """The form of a command line."""
        return f"{self.command} [options] {' '.join(p.name for p in self.parameters)}..."

    def default_of(self, field: str) -> Any:
        """Return the default of a field, or of a part of one, that options set."""
        return self.defaults[field] if field in self.defaults else default_of(field)

    def whole_of(self, field: str) -> Any:
        """Return what the parts of a field are set in."""
        return self.defaults[field] if field in self.defaults else whole_of(field)

    def needs_of(self, option: Option) -> tuple[str, ...]:
        """Return the options of which one has to hold for `option` to be allowed."""
        for program, needs in option.needs_in:
            if program == self.compat:
                return needs
        return option.needs


FASTSEND = Program("fastsend", "send DICOM instances to a Storage SCP", None, {})
STORESCU = Program(
    "storescu",
    "DICOM storage (C-STORE) SCU",
    "storescu",
    {
        "compat": "storescu",
        "calling_ae_title": "STORESCU",
        "associations": 1,
        "recurse": False,
        "check_uids": False,
        "ip_version": "4",
    },
)
DCMSEND = Program(
    "dcmsend",
    "Simple DICOM storage SCU (sender)",
    "dcmsend",
    {
        "compat": "dcmsend",
        "calling_ae_title": "DCMSEND",
        "associations": 1,
        "file_format": "file",
        "recurse": False,
        "ip_version": "4",
    },
)
PROGRAMS = {program.name: program for program in (FASTSEND, STORESCU, DCMSEND)}
