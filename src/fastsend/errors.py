"""Every error that ends a run or an association, with the exit code that it leads to.

The exit codes are those of dcmsend for the same causes, 1 for a wrong command line, and three of
fastsend's own: 66, 67 and 130.
"""

from __future__ import annotations

EXIT_OK = 0
EXIT_COMMAND_LINE = 1
EXIT_NO_INPUT_FILES = 21
EXIT_INVALID_INPUT_FILE = 22
EXIT_NO_VALID_INPUT_FILES = 23
EXIT_REPORT_FILE = 43
EXIT_NETWORK = 60
EXIT_NEGOTIATION = 61
EXIT_SEND = 62
EXIT_PRESENTATION_CONTEXT = 65
EXIT_NOT_ALL_STORED = 66
EXIT_TLS = 67
EXIT_INTERRUPTED = 130

_REJECTED_TRANSIENT = 2
_LIMITS = {(3, 1), (3, 2)}
"""Source and reason of temporary congestion and of the local limit."""


class FastsendError(Exception):
    """The root of all errors of fastsend; `exit_code` is what the command ends with."""

    exit_code = EXIT_COMMAND_LINE


class CommandLineError(FastsendError):
    """The command line cannot be understood."""

    program = "fastsend"
    """The program that it was written for."""
    quiet = False
    """True where it is not to be shown (``-q``), as with DCMTK."""


class ConfigurationFileError(CommandLineError):
    """A file that the command line names, and that says how to run, cannot be used."""


class InputError(FastsendError):
    """The input files do not allow a run."""

    exit_code = EXIT_INVALID_INPUT_FILE


class NoInputFilesError(InputError):
    """Nothing to send was named or found."""

    exit_code = EXIT_NO_INPUT_FILES


class InvalidInputFileError(InputError):
    """A file that the user named is not a DICOM instance that can be sent."""


class NoValidInputFilesError(InputError):
    """Files were found, and none of them can be sent."""

    exit_code = EXIT_NO_VALID_INPUT_FILES


class ReportFileError(FastsendError):
    """The report cannot be written to its file."""

    exit_code = EXIT_REPORT_FILE


class NetworkError(FastsendError):
    """The network of this machine cannot be used."""

    exit_code = EXIT_NETWORK


class PresentationContextError(FastsendError):
    """A presentation context cannot be proposed."""

    exit_code = EXIT_PRESENTATION_CONTEXT


class NegotiationError(FastsendError):
    """No association with the peer came about."""

    exit_code = EXIT_NEGOTIATION
    brief = "another request got no proper answer"
    """What became of a further association, where there are others already."""


class RequestGivenUpError(NegotiationError):
    """Whoever asked for an association did not want it any more before the peer had answered."""

    brief = "another request was not answered"


class IdentityNotConfirmedError(NegotiationError):
    """The peer accepted the association and did not confirm who asked (PS3.7 D.3.3.7)."""


class ConnectionFailedError(NegotiationError):
    """The peer cannot be reached over TCP."""

    brief = "no further connection came about"


class TLSError(NegotiationError):
    """No secure connection with the peer comes about: trying again would not help."""

    exit_code = EXIT_TLS
    brief = "no further secure connection came about"


class TLSSetupError(FastsendError):
    """What the user asked of TLS, keys or certificates, cannot be used."""

    exit_code = EXIT_TLS


class AssociationRejectedError(NegotiationError):
    """The peer answered with A-ASSOCIATE-RJ (PS3.8 9.3.4)."""

    codes = (0, 0, 0)
    """Result, Source and Reason/Diag. (PS3.8 Table 9-21)."""
    brief = "another was rejected"

    @property
    def is_for_now(self) -> bool:
        """True where the peer may take the association later, or with fewer beside it.

        That is what a transient rejection means, and temporary congestion and the local limit
        whatever the result is (PS3.8 Table 9-21).
        """
        result, source, reason = self.codes
        return result == _REJECTED_TRANSIENT or (source, reason) in _LIMITS


class AssociationLostError(FastsendError):
    """An established association ended before all of its instances were answered."""

    exit_code = EXIT_SEND


class HaltedError(FastsendError):
    """An instance could not be sent, and the run does not go on behind it."""

    exit_code = EXIT_SEND


class PeerEndedError(AssociationLostError):
    """The peer ended the association in the middle of the transfer."""


class NotReleasedError(FastsendError):
    """The peer did not answer the A-RELEASE-RQ at the end (PS3.8 9.3.6)."""

    exit_code = EXIT_SEND


class PeerAbortedError(PeerEndedError):
    """The peer sent A-ABORT (PS3.8 9.3.8)."""


class PeerReleasedError(PeerEndedError):
    """The peer sent A-RELEASE-RQ in the middle of the transfer (PS3.8 9.3.6)."""


class ConnectionLostError(PeerEndedError):
    """The TCP connection ended or failed."""


class PeerProtocolError(AssociationLostError):
    """The peer sent bytes that the Standard does not allow here."""


class DimseTimeoutError(AssociationLostError):
    """A request was not answered within the DIMSE timeout."""


class SocketTimeoutError(AssociationLostError):
    """The connection did not move within the socket timeout."""


class FileChangedError(AssociationLostError):
    """A file changed or could not be read while it was sent, which cost the association."""


class NotConvertedError(AssociationLostError):
    """An instance could not be converted to its end, which cost the association."""


class InterruptedRunError(FastsendError):
    """The user, or a signal, ended the run."""

    exit_code = EXIT_INTERRUPTED
