"""Pairs of storescu about everything but proposals and TLS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compat.pair import Pair

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = [
    # General options
    ("quiet", "-q SCP ct.dcm"),
    ("quiet-failure", "-q SCP ct.dcm", "refuses all"),
    ("verbose", "-v SCP ct.dcm mr.dcm"),
    ("verbose-contexts", "-v +v -R SCP ct.dcm"),
    ("contexts-at-level", "-ll info +v -R SCP ct.dcm"),
    ("contexts-alone", "+v SCP ct.dcm"),
    ("debug", "-d -R SCP ct.dcm"),
    ("debug-failure", "-d -R SCP ct.dcm", "cannot understand"),
    ("level-fatal", "-ll fatal SCP ct.dcm", "refuses all"),
    ("level-trace", "-ll trace -R SCP ct.dcm"),
    ("level-unknown", "-ll loud SCP ct.dcm"),
    ("level-with-verbose", "-ll info -v SCP ct.dcm"),
    ("arguments", "--arguments -R SCP ct.dcm"),
    ("arguments-verbose", "-v --arguments -R SCP ct.dcm"),
    ("help", "--help"),
    ("help-short", "-h SCP ct.dcm"),
    ("version", "--version"),
    ("version-with-files", "--version SCP ct.dcm"),
    ("log-config", "-lc logger.cfg -R SCP ct.dcm"),
    ("log-config-file", "-lc tofile.cfg -R SCP ct.dcm"),
    ("log-config-missing", "-lc missing.cfg SCP ct.dcm"),
    ("log-config-with-level", "-lc logger.cfg -v SCP ct.dcm"),
    # The command line
    ("no-arguments", ""),
    ("no-files", "SCP"),
    ("no-port", "127.0.0.1"),
    ("port-text", "127.0.0.1 dicom ct.dcm"),
    ("port-0", "127.0.0.1 0 ct.dcm"),
    ("port-70000", "127.0.0.1 70000 ct.dcm"),
    ("unknown-option", "--no-such-option SCP ct.dcm"),
    ("missing-value", "SCP ct.dcm -aet"),
    ("command-file", "@options.txt SCP ct.dcm"),
    ("command-file-quotes", "SCP @blanks.txt"),
    ("command-file-of-files", "SCP @files.txt"),
    ("command-file-nested", "@nested.txt SCP ct.dcm"),
    ("command-file-missing", "@missing.txt SCP ct.dcm"),
    ("name-with-blanks", "SCP 'a name with blanks.dcm'"),
    # Input
    ("read-file", "+f SCP ct.dcm raw_explicit"),
    ("read-file-rightmost", "+fo +f SCP ct.dcm raw_explicit"),
    ("read-file-only", "+fo SCP ct.dcm"),
    ("read-file-only-raw", "+fo SCP raw_explicit ct.dcm"),
    ("read-file-only-raw-no-halt", "+fo -nh SCP raw_explicit ct.dcm"),
    ("read-data-set", "-f SCP raw_explicit"),
    ("read-data-set-implicit", "-f SCP raw_implicit"),
    ("read-data-set-required", "-f -R SCP raw_implicit raw_explicit"),
    ("read-raw-by-default", "SCP raw_implicit raw_explicit"),
    ("missing-file", "SCP missing.dcm ct.dcm"),
    ("missing-file-no-halt", "-nh SCP missing.dcm ct.dcm"),
    ("only-missing-files", "-nh SCP missing.dcm"),
    ("text-file", "SCP text.txt ct.dcm"),
    ("text-file-second", "SCP ct.dcm text.txt mr.dcm"),
    ("text-file-no-halt", "-nh SCP ct.dcm text.txt mr.dcm"),
    ("empty-file", "SCP empty.dcm ct.dcm"),
    ("empty-file-no-halt", "-nh SCP empty.dcm ct.dcm"),
    ("truncated-file", "SCP truncated.dcm ct.dcm"),
    ("truncated-file-no-halt", "-nh SCP ct.dcm truncated.dcm mr.dcm"),
    ("no-uids", "SCP no_uids.dcm ct.dcm"),
    ("no-uids-no-halt", "-nh SCP no_uids.dcm ct.dcm"),
    ("bad-class", "-nh SCP bad_class.dcm ct.dcm"),
    ("unknown-syntax", "-nh SCP unknown_syntax.dcm ct.dcm"),
    ("other-meta", "SCP other_meta.dcm"),
    ("same-file-twice", "SCP ct.dcm ct.dcm"),
    ("folder-alone", "SCP study"),
    ("folder-and-file", "SCP study ct.dcm"),
    ("scan", "+sd SCP study"),
    ("scan-recurse", "+sd +r SCP study"),
    ("scan-no-recurse", "+sd +r -r SCP study"),
    ("scan-pattern", "+sd +r +sp '*.dcm' SCP study"),
    ("scan-pattern-question", "+sd +sp '???.img' SCP study"),
    ("scan-pattern-and-file", "+sd +sp '*.img' SCP ct.dcm study"),
    ("scan-no-match", "+sd +sp '*.none' SCP study"),
    ("scan-nothing", "+sd SCP nothing"),
    ("scan-mixed", "+sd SCP mixed"),
    ("scan-mixed-no-halt", "+sd -nh SCP mixed ct.dcm"),
    ("pattern-without-scan", "+sp '*.dcm' SCP study"),
    ("recurse-without-scan", "+r SCP study"),
    ("no-recurse-without-scan", "-r SCP ct.dcm"),
    ("rename", "+rn SCP ct.dcm mr.dcm"),
    ("rename-off", "+rn -rn SCP ct.dcm"),
    ("no-rename", "-rn SCP ct.dcm"),
    ("rename-failure", "+rn SCP ct.dcm mr.dcm ct2.dcm", "second out of resources"),
    ("rename-failure-no-halt", "+rn -nh SCP ct.dcm mr.dcm ct2.dcm", "second out of resources"),
    ("rename-warning", "+rn SCP ct.dcm mr.dcm", "second with warning"),
    ("rename-no-context", "+rn -nh SCP ct.dcm mr.dcm", "refuses CT"),
    ("rename-unreadable", "+rn -nh SCP text.txt ct.dcm missing.dcm"),
    ("rename-required", "+rn -R -nh SCP text.txt ct.dcm"),
    ("rename-abort", "+rn SCP ct.dcm mr.dcm ct2.dcm", "aborts the second"),
    ("rename-scan", "+rn +sd +r SCP study"),
    ("rename-repeat", "+rn --repeat 2 SCP ct.dcm"),
    ("rename-repeat-no-halt", "+rn -nh --repeat 2 SCP ct.dcm mr.dcm"),
    # AE titles and other options of the network
    ("titles", "-aet ME -aec 'THE PEER' SCP ct.dcm"),
    ("titles-of-16", "-aet ABCDEFGHIJKLMNOP -aec QRSTUVWXYZ012345 SCP ct.dcm"),
    ("title-too-long", "-aet ABCDEFGHIJKLMNOPQ SCP ct.dcm"),
    ("title-rightmost", "-aet ONE -aet TWO SCP ct.dcm"),
    ("title-empty", "-aet '' SCP ct.dcm"),
    ("timeouts", "-to 5 -ts 5 -ta 5 -td 5 SCP ct.dcm"),
    ("socket-timeout-0", "-ts 0 SCP ct.dcm"),
    ("timeout-0", "-to 0 SCP ct.dcm"),
    ("timeout-text", "-td soon SCP ct.dcm"),
    ("timeout-unit", "-td 5s SCP ct.dcm"),
    ("nobody-listens", "NOBODY ct.dcm"),
    ("nobody-listens-timeout", "-to 3 NOBODY ct.dcm"),
    ("acse-timeout", "-ta 1 SCP ct.dcm", "does not answer"),
    ("acse-timeout-0", "-ta 0 SCP ct.dcm"),
    ("dimse-timeout", "-td 1 SCP ct.dcm mr.dcm", "stalls at the second"),
    ("dimse-timeout-no-halt", "-nh -td 1 SCP ct.dcm mr.dcm", "stalls at the second"),
    ("max-pdu", "-pdu 32768 SCP ct.dcm"),
    ("max-pdu-largest", "-pdu 131072 SCP ct.dcm"),
    ("max-pdu-too-small", "-pdu 4095 SCP ct.dcm"),
    ("max-pdu-too-large", "-pdu 131073 SCP ct.dcm"),
    ("max-send-pdu", "--max-send-pdu 4096 SCP ct.dcm"),
    ("max-send-pdu-larger", "--max-send-pdu 65536 SCP ct.dcm", "large PDUs"),
    ("max-send-pdu-too-small", "--max-send-pdu 1 SCP ct.dcm"),
    ("peer-small-pdus", "SCP ct.dcm", "small PDUs"),
    ("peer-unlimited-pdus", "SCP ct.dcm", "PDUs without limit"),
    ("repeat", "--repeat 3 SCP ct.dcm mr.dcm"),
    ("repeat-failure", "--repeat 3 SCP ct.dcm mr.dcm", "second out of resources"),
    ("repeat-failure-no-halt", "-nh --repeat 3 SCP ct.dcm mr.dcm", "second out of resources"),
    ("repeat-0", "--repeat 0 SCP ct.dcm"),
    ("abort", "--abort SCP ct.dcm"),
    ("abort-failure", "--abort -nh SCP ct.dcm mr.dcm", "second out of resources"),
    ("uid-padding", "-up SCP blank_padded.dcm"),
    ("uid-padding-required", "-up -R SCP blank_padded.dcm ct.dcm"),
    ("uid-padding-off", "SCP blank_padded.dcm"),
    # Answers
    ("out-of-resources", "SCP ct.dcm mr.dcm", "out of resources"),
    ("not-supported", "SCP ct.dcm mr.dcm", "not supported"),
    ("cannot-understand", "SCP ct.dcm mr.dcm", "cannot understand"),
    ("does-not-match", "SCP ct.dcm mr.dcm", "does not match"),
    ("coerces", "SCP ct.dcm mr.dcm", "coerces"),
    ("discards", "SCP ct.dcm mr.dcm", "discards"),
    ("duplicate", "SCP ct.dcm mr.dcm", "duplicate"),
    ("unknown-status", "SCP ct.dcm mr.dcm", "unknown status"),
    ("second-fails", "SCP ct.dcm mr.dcm ct2.dcm", "second cannot understand"),
    ("failures-no-halt", "-nh SCP ct.dcm mr.dcm", "cannot understand"),
    ("second-fails-no-halt", "-nh SCP ct.dcm mr.dcm ct2.dcm", "second cannot understand"),
    ("rejected-for-good", "SCP ct.dcm", "rejects for good"),
    ("rejected-for-now", "-nh SCP ct.dcm", "rejects for now"),
    ("association-aborted", "SCP ct.dcm", "aborts the association"),
    ("closed-at-once", "SCP ct.dcm", "closes at once"),
    ("garbage", "SCP ct.dcm", "answers garbage"),
    ("aborted", "SCP ct.dcm mr.dcm", "aborts the first"),
    ("aborted-at-second", "SCP ct.dcm mr.dcm ct2.dcm", "aborts the second"),
    ("aborted-no-halt", "-nh SCP ct.dcm mr.dcm ct2.dcm", "aborts the second"),
    ("closed-at-second", "SCP ct.dcm mr.dcm ct2.dcm", "closes at the second"),
    ("release-at-second", "SCP ct.dcm mr.dcm ct2.dcm", "releases at the second"),
    ("another-message-id", "SCP ct.dcm mr.dcm", "another message id"),
    ("release-aborted", "SCP ct.dcm", "aborts the release"),
    ("release-unanswered", "-ta 1 SCP ct.dcm", "does not release"),
    # User identity
    ("user", "-usr someone SCP ct.dcm"),
    ("user-password", "-usr someone -pwd secret SCP ct.dcm"),
    ("user-empty-password", "-usr someone -epw SCP ct.dcm"),
    ("user-empty-password-answered", "-usr me -epw -rsp SCP ct.dcm", "confirms the user"),
    ("password-rightmost", "-usr someone -epw -pwd secret SCP ct.dcm"),
    ("password-alone", "-pwd secret SCP ct.dcm"),
    ("empty-password-alone", "-epw SCP ct.dcm"),
    ("user-in-utf-8", "-usr 'Jürgen' -pwd 'schön' SCP ct.dcm"),
    ("user-answered", "-usr someone -rsp SCP ct.dcm", "confirms the user"),
    ("user-unanswered", "-usr someone -rsp SCP ct.dcm"),
    ("user-password-answered", "-usr me -pwd p -rsp SCP ct.dcm", "confirms the user"),
    ("user-password-unanswered", "-usr me -pwd p -rsp SCP ct.dcm"),
    ("user-rejected", "-usr me -pwd p -rsp SCP ct.dcm", "rejects for good"),
    ("kerberos", "-kt ticket.bin SCP ct.dcm"),
    ("kerberos-answered", "-kt ticket.bin -rsp SCP ct.dcm", "answers the user"),
    ("kerberos-unanswered", "-kt ticket.bin -rsp SCP ct.dcm"),
    ("kerberos-missing", "-kt missing.bin SCP ct.dcm"),
    ("saml", "--saml assertion.xml SCP ct.dcm"),
    ("saml-answered", "--saml assertion.xml -rsp SCP ct.dcm", "answers the user"),
    ("jwt", "--jwt token.jwt SCP ct.dcm"),
    ("jwt-unanswered", "--jwt token.jwt -rsp SCP ct.dcm"),
    ("identity-rightmost", "-usr someone --jwt token.jwt SCP ct.dcm"),
    ("response-alone", "-rsp SCP ct.dcm"),
]

INVENTING = [
    ("invent", "+II SCP ct.dcm ct2.dcm"),
    ("invent-few-elements", "+II SCP few_elements.dcm"),
    ("invent-implicit", "+II -xi SCP ct.dcm mr_implicit.dcm"),
    ("invent-series", "+II +IR 2 SCP ct.dcm ct2.dcm ct3.dcm ct4.dcm ct5.dcm"),
    ("invent-series-alone", "+IR 2 SCP ct.dcm ct2.dcm ct3.dcm"),
    ("invent-study", "+II +IR 1 +IS 2 SCP ct.dcm ct2.dcm ct3.dcm ct4.dcm ct5.dcm"),
    ("invent-study-alone", "+IS 1 SCP ct.dcm ct2.dcm"),
    ("invent-patient", "+II +IR 1 +IS 1 +IP 2 SCP ct.dcm ct2.dcm ct3.dcm ct4.dcm ct5.dcm"),
    ("invent-patient-alone", "+IP 1 SCP ct.dcm ct2.dcm"),
    ("invent-repeat", "+II --repeat 3 SCP ct.dcm mr.dcm"),
    ("invent-compressed", "+II -xs SCP sc_lossless.dcm"),
    ("invent-deflated", "+II -xd SCP ct.dcm deflated.dcm"),
    ("invent-rename", "+II +rn SCP ct.dcm", "second out of resources"),
    ("invent-0", "+II +IR 0 SCP ct.dcm"),
]


def pairs() -> Iterator[Pair]:
    """Yield the pairs."""
    for name, line, *receiver in ROWS:
        yield Pair("storescu", name, line, *receiver, also=also(line))
    for name, line, *receiver in INVENTING:
        yield Pair("storescu", name, line, *receiver, invents=True)
    yield from newer()


def newer() -> Iterator[Pair]:
    """Yield pairs with options of newer releases that ask for what 3.6.7 does anyway."""
    for name, option in (("ipv4", "-i4"), ("ip-auto", "-i0")):
        yield Pair("storescu", name, "SCP ct.dcm", newer=option)
        yield Pair("storescu", f"{name}-nobody-listens", "NOBODY ct.dcm", newer=option)
    # The release that is installed knows no IPv6 address: neither of them finds a peer.
    yield Pair("storescu", "ipv6", "::1 1 ct.dcm", newer="-i6")
    yield Pair("storescu", "ipv6-no-such-host", "no-such-host.invalid 104 ct.dcm", newer="-i6")


def also(line: str) -> tuple[str, ...]:
    """Return what command files name."""
    names = ("options.txt",) if "@nested" in line else ()
    if "@blanks" in line:
        names += ("a name with blanks.dcm",)
    return (*names, "ct.dcm", "mr.dcm") if "@files" in line else names
