"""Why no association came about, in words for the user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynetdicom.pdu import A_ASSOCIATE_RJ
from pynetdicom.pdu_primitives import A_ABORT

from fastsend.association.claimed_socket import claimed_socket_of
from fastsend.association.tcp_connection import GIVEN_UP
from fastsend.errors import AssociationRejectedError, NegotiationError, RequestGivenUpError

if TYPE_CHECKING:
    from pynetdicom.association import Association as PynetdicomAssociation
    from pynetdicom.pdu_primitives import A_P_ABORT

    from fastsend.model.options import SendOptions

_A_ASSOCIATE_AC = b"\2"  # PDU type (PS3.8 Table 9-17)
_A_ASSOCIATE_RJ = b"\3"  # PDU type (PS3.8 Table 9-21)
_RJ_LENGTH = 10

# What a user can do about an A-ASSOCIATE-RJ, by (source, reason): PS3.8 Table 9-21.
_REJECTION_HINTS = {
    (1, 2): "the peer does not know this application context",
    (1, 3): "the peer does not know the calling AE title; set it with -aet, or enter it there",
    (1, 7): "the peer does not have the called AE title; set it with -aec",
    (3, 1): "the peer is busy; try again later",
    (3, 2): "the peer has no association free; try again later",
}


def failure_of(
    association: PynetdicomAssociation,
    options: SendOptions,
    abort: A_ABORT | A_P_ABORT | None,
    answer_pdu: bytes,
) -> NegotiationError:
    """Return why a request came to no association.

    Parameters
    ----------
    association : Association
        Pynetdicom's, which is over.
    options : SendOptions
        The peer, titles and timeouts.
    abort : A_ABORT or A_P_ABORT or None
        What pynetdicom was told of the end of the connection.
    answer_pdu : bytes
        The first PDU of the peer; empty where none came.
    """
    where = f"{options.peer}:{options.port}"
    claimed = claimed_socket_of(association)
    error = claimed.error
    if error is not None:
        return error
    # pynetdicom may end before it has taken in the rejection, if the connection ends with it.
    if answer_pdu[:1] == _A_ASSOCIATE_RJ and len(answer_pdu) == _RJ_LENGTH:
        return _rejection(where, options, answer_pdu)
    if claimed.stop():
        return RequestGivenUpError(GIVEN_UP)
    if answer_pdu[:1] == _A_ASSOCIATE_AC:
        return NegotiationError(
            f"{where} accepted the association with an answer that cannot be decoded; "
            "is it a DICOM node?"
        )
    refusal = claimed.refusal
    if refusal is not None and not isinstance(abort, A_ABORT):
        return refusal
    if abort is not None and not claimed.timed_out:
        tls = ", does it expect TLS (+tls)" if options.tls is None else ""
        return NegotiationError(
            f"{where} ended the connection when the association was requested; "
            f"is it a DICOM node{tls}, and does it know the calling AE title?"
        )
    return NegotiationError(
        f"{where} accepted the connection and sent no answer to the association request "
        f"within {options.acse_timeout:g} s (-ta); is it a DICOM node?"
        if options.acse_timeout
        else f"{where} sent no valid answer to the association request"
    )


def _rejection(where: str, options: SendOptions, answer_pdu: bytes) -> AssociationRejectedError:
    result, source, reason = codes = (answer_pdu[7], answer_pdu[8], answer_pdu[9])
    pdu = A_ASSOCIATE_RJ()
    pdu.decode(answer_pdu)
    try:
        answer = pdu.to_primitive()
        why = answer.reason_str
        words = f"{answer.result_str}, {answer.source_str}: {why}"
    except ValueError:  # not among those of the Standard
        why = f"reason {reason}"
        words = f"result {result}, source {source}, {why}"
    hint = _REJECTION_HINTS.get((source, reason), "ask the peer's administrator why")
    rejected = AssociationRejectedError(
        f"{where} rejected the association as {options.called_ae_title} ({words}): {hint}"
    )
    rejected.codes = codes
    rejected.brief = f"{rejected.brief} ({why.lower()})"
    return rejected
