"""What pynetdicom makes of the same messages: the second opinion on our encodings."""

from __future__ import annotations

from io import BytesIO

from pynetdicom.dimse_messages import C_STORE_RQ, C_STORE_RSP
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.pdu import P_DATA_TF


def c_store_rq_pdus(
    context_id: int,
    message_id: int,
    sop_class_uid: str,
    sop_instance_uid: str,
    max_pdu_length: int,
) -> bytes:
    """The command set of a C-STORE-RQ as P-DATA-TF PDUs."""
    primitive = C_STORE()
    primitive.MessageID = message_id
    primitive.AffectedSOPClassUID = sop_class_uid
    primitive.AffectedSOPInstanceUID = sop_instance_uid
    primitive.Priority = 0
    primitive.DataSet = BytesIO(b"\0\0")
    message = C_STORE_RQ()
    message.primitive_to_message(primitive)
    # pynetdicom says 0001H for a data set, as DCMTK does.
    return b"".join(_command_pdus(message, context_id, max_pdu_length))


def c_store_rsp_pdus(
    context_id: int,
    message_id: int,
    status: int,
    sop_instance_uid: str,
    max_pdu_length: int = 16384,
    error_comment: str | None = None,
) -> bytes:
    """A C-STORE-RSP as P-DATA-TF PDUs."""
    primitive = C_STORE()
    primitive.MessageIDBeingRespondedTo = message_id
    primitive.AffectedSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    primitive.AffectedSOPInstanceUID = sop_instance_uid
    primitive.Status = status
    if error_comment is not None:
        primitive.ErrorComment = error_comment
    message = C_STORE_RSP()
    message.primitive_to_message(primitive)
    return b"".join(_command_pdus(message, context_id, max_pdu_length))


def _command_pdus(message, context_id, max_pdu_length):
    for primitive in message.encode_msg(context_id, max_pdu_length):
        for _, data in primitive.presentation_data_value_list:
            if not data[0] & 1:
                return  # the data set begins
        pdu = P_DATA_TF()
        pdu.from_primitive(primitive)
        yield pdu.encode()
