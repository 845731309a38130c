"""The one table of options: the parser, ``--help`` and docs/options.md come from it.

An option sets one field of `fastsend.model.options.SendOptions` or of `Output`, and the default
that is shown is that field's. To add an option, add a row to the section where it belongs.
"""

from __future__ import annotations

from fastsend.cli import conversion_options as conversion
from fastsend.cli import general_options as general
from fastsend.cli import network_options as network
from fastsend.cli import tls_options as tls
from fastsend.cli.identity_options import IDENTITY
from fastsend.cli.invention_options import INVENTION
from fastsend.cli.option import Parameter, Section
from fastsend.cli.proposal_options import PROPOSALS

PARAMETERS = (
    Parameter("peer", "host name or address of the DICOM peer"),
    Parameter("port", "its TCP port, 1..65535"),
    Parameter("file-or-directory", "DICOM file, or directory to scan for DICOM files"),
)

TLS = "transport layer security (TLS) options"
SECTIONS = (
    Section("general options", "", general.GENERAL),
    Section("input options", "input file format", general.FILE_FORMAT),
    Section("input options", "input files", general.FILES),
    Section("processing options", "transfer syntax conversion", conversion.DECOMPRESSION),
    Section("processing options", "compression", conversion.COMPRESSION),
    Section("processing options", "post-1993 value representations", conversion.NEW_VRS),
    Section("processing options", "invented identifiers", INVENTION),
    Section("processing options", "other processing options", general.PROCESSING),
    Section("network options", "IP protocol version", network.IP_VERSIONS),
    Section("network options", "application entity titles", network.TITLES),
    Section("network options", "association handling", network.ASSOCIATIONS),
    Section("network options", "sending in parallel", network.PARALLEL),
    Section(
        "network options",
        "association negotiation profile from configuration file",
        network.PROFILE,
    ),
    Section("network options", "proposed transmission transfer syntaxes", PROPOSALS),
    Section("network options", "user identity negotiation", IDENTITY),
    Section("network options", "other network options", network.OTHER_NETWORK),
    Section(TLS, "transport protocol stack", tls.TRANSPORT),
    Section(TLS, "private key password", tls.PASSWORD),
    Section(TLS, "key and certificate file format", tls.FILE_FORMAT),
    Section(TLS, "certification authority", tls.AUTHORITIES),
    Section(TLS, "security profile", tls.PROFILES),
    Section(TLS, "ciphersuite", tls.CIPHER_SUITES),
    Section(TLS, "server name indication", tls.SERVER_NAME),
    Section(TLS, "pseudo random generator", tls.SEED),
    Section(TLS, "peer authentication", tls.PEER_AUTHENTICATION),
    Section("output options", "", general.REPORTS),
)

OPTIONS = tuple(option for section in SECTIONS for option in section.options)
