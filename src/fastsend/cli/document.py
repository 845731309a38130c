"""docs/options.md from the table: ``python -m fastsend.cli.document > docs/options.md``."""

from __future__ import annotations

import sys
from itertools import groupby
from typing import TYPE_CHECKING

from fastsend.cli.exit_codes import EXIT_CODES, FASTSENDS_OWN
from fastsend.cli.help import argument_text
from fastsend.cli.identity_options import PASSWORD_VARIABLE
from fastsend.cli.option import any_of, shown_default
from fastsend.cli.programs import FASTSEND
from fastsend.cli.table import OPTIONS, PARAMETERS, SECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fastsend.cli.option import Option

INTRODUCTION = f"""\
# Options of fastsend

<!-- Made by `python -m fastsend.cli.document`; edit src/fastsend/cli/table.py instead. -->

    {FASTSEND.usage}
"""

NOTATION = """\
## Notation

It is that of DCMTK's command-line tools.

- Options start with `-` or `+` and may stand anywhere between the parameters. `-5`, `-` and `+`
  are parameters.
- Of options that exclude each other, and of an option that is given twice, the rightmost holds.
- The value of an option is the next argument, whatever it looks like. There are no abbreviations,
  no `--option=value` and no `--`.
- `@name` stands for the arguments that the file `name` holds, separated by blanks, tabs and line
  ends; `"` or `'` around an argument keeps blanks in it. There are no escapes and no comments.
- A number is all digits: `-to 5s` is an error here, where DCMTK reads 5.

Without `+sd` a directory is scanned with everything below it; DCMTK's tools leave it out.
"""

PARALLEL = """\
## Sending in parallel

By default the run begins with one association and tries two and four, all with the same
presentation contexts. More are kept where they help: where the rate grows by at least a fifth of
what twice as many could bring. Where the peer rejects, refuses or ends one of them, or gets slower,
the run goes on with fewer, and the summary says so. `--associations` with a number asks for that
many from the start, and a peer that takes fewer gets fewer. Servers that are built on DCMTK get one
by default, for its dcmqrscp loses instances that come on two at once. With `-ma`, and where there
is only one instance, there is one.

With `--async-window` each association has up to that many requests under way, where the peer agrees
in its answer; most do not, and take one after the other. Responses may come in any order. What a
peer does with requests that it has at the same time, it may do in any order.

Instances leave in the order of the input, but on several associations they overtake one another.
`--ordered` keeps the instances of each series (Series Instance UID) on one association.
"""

TRANSFER_SYNTAXES = """\
## Which transfer syntax is sent

Without a proposal the presentation contexts are those of dcmsend: for each SOP class and transfer
syntax of the files one context, with the transfer syntax itself, and with the uncompressed ones
where the files may be decompressed to them (`-dn`, `+dls`, `+dly`).

With a proposal (`-xe` and so on) each SOP class has the contexts of `storescu -R`: one with the
proposed transfer syntax and one with the uncompressed ones, or both in one (`+C`). Files that are
neither uncompressed nor of the proposed transfer syntax get one context more, with their own.

With a profile (`-xf`) each association proposes what the profile says and nothing else. Instances
go where they go with storescu: in the transfer syntax of the file, else in explicit VR, else in
implicit VR, else in any that was accepted for the SOP class and that they can be converted to
without loss.

Otherwise, of what the peer accepts, the first of these is used:

1. the proposed transfer syntax for uncompressed files, if it is a compressed one: they are
   compressed on the way, with loss only where the quality is given;
2. the transfer syntax of the file: nothing is converted;
3. the proposed transfer syntax for all other files;
4. what costs least: another uncompressed one, inflating or deflating, decompressing without loss,
   compressing without loss, with `+dly` decompressing what has lost information before.

With `--prefer fast` proposals are used for nothing else, and what costs least comes first. With
`--prefer small` any accepted lossless compression comes before what is uncompressed.

An instance that has no way is not sent, and the report says what was offered, what was accepted and
what is missing. Video and JPIP are never converted.
"""

COMPATIBILITY = """\
## Compatibility

`fastsend-storescu` and `fastsend-dcmsend`, or `fastsend --compat storescu` and `--compat dcmsend`,
take the place of DCMTK's programs. They know the options that are marked as the same in that
program, and of fastsend's own those that have a long spelling only and something to change there.
Everything else is that program's: the calling AE title, `+f` or `+fo`, directories only with `+sd`,
the presentation contexts, where a run halts, what is converted, Message IDs, the words on standard
error.

| | storescu | dcmsend |
| --- | --- | --- |
| exit code after any error | 1 | 21, 22, 23, 60, 61, 62 or 65, see below |
| the peer ended the association while it stored | 10, with `-nh` 1 | 62, with `-nh` 0 |
| a failure status | its upper byte, with `-nh` 0 | 0 |
| Pixel Data is decoded or encoded | never | decoded, as `-dn`, `+dls` and `+dly` allow |

Numbers are read as C reads them: `-to 5s` is 5, and storescu takes a wait of `0x10` seconds. AE
titles are cut off behind 16 characters.
"""

IDENTITY = f"""\
## User identity

A password on the command line is in the list of processes, where others on the machine can see it.
With `-usr`, and without `-pwd`, `-epw` and `--password-file`, the variable `{PASSWORD_VARIABLE}` is
taken for the password where it is set. Of a password file the first line counts, without its end.
Identities are sent as they are given, which the Standard wants to be UTF-8. With all else that an
association request says of its user they may have 65535 bytes. Without TLS anybody on the way can
read them.

With `-rsp` a peer that accepts the association has to confirm the identity, of whatever kind it is;
otherwise the association is aborted, and nothing is sent. (storescu checks user names only.)
"""

ENVIRONMENT = """\
## Environment variables

- `DCMDICTPATH`: data dictionaries in DCMTK's format, separated by `:` (on Windows `;`); entries of
  later files hold. They say which VR an element has that is converted from Implicit VR to an
  explicit one: private elements by their creator, which have VR UN without, and also elements of
  the Standard. What no file has is looked up in the Standard, also where DCMTK would find it
  nowhere. Files and lines that cannot be read are errors in the log, and the run goes on without
  them, as with DCMTK. Group lengths, Private Creators and Pixel Data are always what the Standard
  says.
"""

MANY = 3
"""Longer lists of options say nothing to a reader."""

KNOWN = {
    "both": "storescu, dcmsend",
    "storescu": "storescu",
    "dcmsend": "dcmsend",
    "fastsend": "",
}


def options_page() -> str:
    """Return docs/options.md."""
    return "\n".join(_blocks())


def _blocks() -> Iterator[str]:
    yield INTRODUCTION
    yield _table(("Parameter", "Meaning"), ((f"`{p.name}`", p.meaning) for p in PARAMETERS))
    yield NOTATION
    for title, sections in groupby(SECTIONS, key=lambda section: section.title):
        yield f"## {_capital(title)}\n"
        for section in sections:
            if section.subtitle:
                yield f"### {_capital(section.subtitle)}\n"
            yield _table(
                ("Option", "Argument", "Meaning", "Default", "The same in"),
                (_row(option) for option in section.options),
            )
    yield PARALLEL
    yield TRANSFER_SYNTAXES
    yield COMPATIBILITY
    yield IDENTITY
    yield ENVIRONMENT
    yield "## Exit codes\n"
    yield "Those without a mark are dcmsend's for the same causes; storescu's are above.\n"
    yield _table(
        ("Code", "Meaning"),
        ((f"{code}{'*' if code in FASTSENDS_OWN else ''}", text) for code, text in EXIT_CODES),
    )
    yield "\\* fastsend's own.\n"


def _row(option: Option) -> tuple[str, ...]:
    spellings = " ".join(f"`{name}`" for name in (option.short, option.long) if name)
    arguments = ", ".join(argument_text(argument) for argument in option.arguments)
    default = shown_default(option)
    meaning = f"{_capital(option.meaning)}."
    if option.needs:
        meaning += f" Only with {any_of([f'`{name}`' for name in option.needs])}."
    if option.conflicts:
        meaning += f" Not with {_conflicts(option)}."
    if others := _others(option):
        told = ", ".join(others) if len(others) <= MANY else "the others of its kind"
        meaning += f" Excludes {told}."
    return (
        spellings,
        arguments,
        meaning,
        "yes" if default == "default" else default,
        KNOWN[option.known],
    )


def _conflicts(option: Option) -> str:
    names = [f"`{name}`" for name in option.conflicts]
    return (
        any_of(names) if len(names) <= MANY else f"{', '.join(names[:MANY])} and others like them"
    )


def _others(option: Option) -> list[str]:
    """Return the options of the same group."""
    if not option.group:
        return []
    return [
        f"`{other.short or other.long}`"
        for other in OPTIONS
        if other.group == option.group and other is not option
    ]


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = (head, tuple("---" for _ in head), *rows)
    text = "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)
    return f"{text}\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


if __name__ == "__main__":
    sys.stdout.write(options_page())
