#include "vr.h"

#include "creators.h"
#include "dictionary.h"
#include "output.h"
#include "swap.h"
#include "walk.h"

#define TAG_BITS_ALLOCATED TAG(0x0028, 0x0100)
#define TAG_PIXEL_REPRESENTATION TAG(0x0028, 0x0103)
#define TAG_CHANNEL_MINIMUM_VALUE TAG(0x5400, 0x0110)
#define TAG_CHANNEL_MAXIMUM_VALUE TAG(0x5400, 0x0112)
#define TAG_WAVEFORM_BITS_ALLOCATED TAG(0x5400, 0x1004)
#define TAG_WAVEFORM_PADDING_VALUE TAG(0x5400, 0x100A)
#define TAG_WAVEFORM_DATA TAG(0x5400, 0x1010)

enum { LONGEST_SHORT_VALUE = 65534 }; /* bytes, PS3.5 6.2.2 */

/* Curve Data (50xx,3000) and Overlay Data (60xx,3000) in all their groups, which are even. */
static int is_curve_data(uint32_t tag) {
    return (tag & 0xFF01FFFF) == TAG(0x5000, 0x3000);
}

static int is_overlay_data(uint32_t tag) {
    return (tag & 0xFF01FFFF) == TAG(0x6000, 0x3000);
}

static enum recode_status note_pixel_representation(recode_state *state, recode_frame *frame,
                                                    int value) {
    int assumed = frame->assumed;
    frame->pixel_representation = (int8_t)(value == 0 || value == 1 ? value : NOT_USABLE);
    frame->has_pixel_representation = 1;
    frame->assumed &= (uint8_t)~ASSUMED_NONE;
    if (!state->depth) state->known_pixel_representation = frame->pixel_representation;
    if (assumed & ASSUMED_UNSIGNED && value != 0) return RECODE_UNSURE_AMBIGUOUS;
    if (assumed & ASSUMED_SIGNED && value != 1) return RECODE_UNSURE_AMBIGUOUS;
    return RECODE_OK;
}

static enum recode_status note_waveform_bits(recode_frame *frame, int value) {
    frame->waveform_bits_allocated = (uint16_t)(value < 0 ? 0 : value);
    if (frame->assumed & ASSUMED_WORDS && value <= 8) return RECODE_UNSURE_AMBIGUOUS;
    frame->assumed &= (uint8_t)~ASSUMED_WORDS;
    return RECODE_OK;
}

enum recode_status vr_note(recode_state *state, recode_frame *frame, const data_element *element) {
    uint32_t tag = element->tag;
    if (tag != TAG_BITS_ALLOCATED && tag != TAG_PIXEL_REPRESENTATION &&
        tag != TAG_WAVEFORM_BITS_ALLOCATED) {
        if (!is_private_creator(tag) || !state->options.added) return RECODE_OK;
        return frame->from & ENCODING_EXPLICIT ? RECODE_OK : creators_note(state, element);
    }
    int value = NOT_USABLE;
    /* Under another VR its bytes are not swapped with the rest, so their order is anybody's guess. */
    int is_us = !(frame->from & ENCODING_EXPLICIT) || element->vr == VR('U', 'S');
    if (element->length == 2 && is_us) {
        const uint8_t *bytes = source_view(&state->source, state->offset + element->head, 2);
        if (!bytes) return state->source.error ? RECODE_READ_FAILED : RECODE_CHANGED;
        value = (int)read_u16(bytes, frame->from & ENCODING_BIG);
    }
    if (tag == TAG_PIXEL_REPRESENTATION) return note_pixel_representation(state, frame, value);
    if (tag == TAG_WAVEFORM_BITS_ALLOCATED) return note_waveform_bits(frame, value);
    frame->bits_allocated = (uint16_t)(value < 0 ? 0 : value);
    return RECODE_OK;
}

/* US, or SS by the Pixel Representation of the item, else of what is around it; US without any, as
 * in presentation states. pydicom does the same; DCMTK only looks into the item itself. */
static enum recode_status find_sign(recode_frame *frame, uint16_t *vr) {
    int value = frame->pixel_representation;
    if (value == NOT_USABLE) return RECODE_UNSURE_AMBIGUOUS;
    if (value == NOT_KNOWN) frame->assumed |= ASSUMED_NONE;
    if (!frame->has_pixel_representation)
        frame->assumed |= value == 1 ? ASSUMED_SIGNED : ASSUMED_UNSIGNED;
    *vr = value == 1 ? VR('S', 'S') : VR('U', 'S');
    return RECODE_OK;
}

/* PS3.5 8.3: OB for samples of 8 bits, else OW. The items that describe the channels come before
 * the number of bits. */
static enum recode_status find_waveform(recode_frame *frame, uint32_t tag, uint16_t *vr) {
    *vr = frame->waveform_bits_allocated == 8 ? VR('O', 'B') : VR('O', 'W');
    if (frame->waveform_bits_allocated) return RECODE_OK;
    if (tag == TAG_WAVEFORM_DATA || tag == TAG_WAVEFORM_PADDING_VALUE)
        return RECODE_UNSURE_AMBIGUOUS;
    frame->assumed |= ASSUMED_WORDS;
    return RECODE_OK;
}

static enum recode_status find_bytes_or_words(recode_frame *frame, uint32_t tag, uint16_t *vr) {
    switch (tag) {
    case TAG_WAVEFORM_DATA:
    case TAG_WAVEFORM_PADDING_VALUE:
    case TAG_CHANNEL_MINIMUM_VALUE:
    case TAG_CHANNEL_MAXIMUM_VALUE:
        return find_waveform(frame, tag, vr);
    case TAG_PIXEL_DATA:
        *vr = VR('O', 'W'); /* PS3.5 A.1: in Implicit VR always */
        /* An image without Pixel Representation has no US or SS that is certain. */
        return frame->assumed & ASSUMED_NONE ? RECODE_UNSURE_AMBIGUOUS : RECODE_OK;
    default:
        *vr = is_curve_data(tag) ? VR('O', 'B') /* PS3.5 A.1 until 2004 */ : VR('O', 'W');
        return is_curve_data(tag) || is_overlay_data(tag) ? RECODE_OK : RECODE_UNSURE_AMBIGUOUS;
    }
}

/* Private elements by their creator, or by an entry that names none. Of the choices of PS3.6 they
 * have what DCMTK takes. */
static uint16_t find_added_private(const recode_state *state, uint32_t tag) {
    const added_dictionary *added = state->options.added;
    uint32_t creator = creators_find(state, tag);
    uint16_t vr = creator ? added_entry_vr(added, tag, creator) : 0;
    if (creator && !vr) vr = added_range_vr(added, tag, creator);
    if (!vr) vr = added_entry_vr(added, tag, 0);
    if (!vr) vr = added_range_vr(added, tag, 0);
    return vr == VR_US_OR_SS ? VR('U', 'S') : vr == VR_OB_OR_OW ? VR('O', 'B') : vr;
}

/* What the user added, or the Standard has, for one tag comes before what is said of many. */
static uint16_t find_added_standard(recode_state *state, uint32_t tag) {
    const added_dictionary *added = state->options.added;
    uint16_t known = dictionary_vr(tag, &state->dictionary_hint);
    uint16_t vr = added_entry_vr(added, tag, 0);
    if (!vr) vr = dictionary_single_vr(tag, &state->dictionary_hint);
    if (!vr) vr = added_range_vr(added, tag, 0);
    if (!vr) vr = known;
    return vr == VR_OB_OR_OW && known != VR_OB_OR_OW ? VR('O', 'B') : vr;
}

/* Group lengths, Private Creators and Pixel Data are what PS3.5 says of them, whatever was added. */
static uint16_t find_known(recode_state *state, uint32_t tag) {
    if (!(tag & 0xFFFF)) return VR('U', 'L');
    if (is_private_creator(tag)) return VR('L', 'O'); /* PS3.5 7.8.1 */
    int added = state->options.added && tag != TAG_PIXEL_DATA;
    if (tag >> 16 & 1) return added ? find_added_private(state, tag) : 0;
    return added ? find_added_standard(state, tag) : dictionary_vr(tag, &state->dictionary_hint);
}

enum recode_status vr_find(recode_state *state, recode_frame *frame, const data_element *element,
                           uint16_t *vr) {
    enum recode_status status = RECODE_OK;
    uint32_t tag = element->tag;
    *vr = find_known(state, tag);
    switch (*vr) {
    case 0:
        *vr = VR('U', 'N');
        break;
    case VR_US_OR_SS:
        status = find_sign(frame, vr);
        break;
    case VR_OB_OR_OW:
        status = find_bytes_or_words(frame, tag, vr);
        break;
    case VR_US_OR_OW:
    case VR_US_OR_SS_OR_OW:
        *vr = VR('O', 'W'); /* always allowed, and of any length */
        break;
    default:
        break;
    }
    if (element->length == UNDEFINED_LENGTH || element->length <= LONGEST_SHORT_VALUE ||
        vr_length_bytes(*vr) == 4)
        return status;
    if (is_private_creator(tag)) return RECODE_UNSURE_VR; /* never UN: PS3.5 6.2.2 */
    *vr = VR('U', 'N');
    return status;
}

void vr_leave(recode_frame *outer, const recode_frame *inner) {
    uint8_t assumed = inner->assumed & (uint8_t)~ASSUMED_NONE;
    if (inner->has_pixel_representation)
        assumed &= (uint8_t)~(ASSUMED_SIGNED | ASSUMED_UNSIGNED);
    outer->assumed |= assumed;
}

enum recode_status vr_swap_unit(const recode_frame *frame, const data_element *element, uint16_t vr,
                                uint32_t *unit) {
    *unit = 1;
    if (frame->renames && vr_is_new(vr)) { /* in OB as DCMTK has them: always little endian */
        if (frame->from & ENCODING_BIG) *unit = vr_unit(vr);
        return element->length % *unit ? RECODE_UNSURE_BYTE_ORDER : RECODE_OK;
    }
    if ((frame->from & ENCODING_BIG) == (frame->to & ENCODING_BIG)) return RECODE_OK;
    *unit = vr_unit(vr);
    if (element->length % *unit) /* words may turn out to be bytes further on */
        return frame->assumed & ASSUMED_WORDS ? RECODE_UNSURE_AMBIGUOUS : RECODE_UNSURE_BYTE_ORDER;
    /* Numbers in OB, or of more bits than the words of OW have: PS3.5 A.3 and the definition of
     * the VR say different things, and so do DCMTK and pydicom. */
    uint32_t bits = 0, most = *unit * 8;
    if (element->tag == TAG_PIXEL_DATA)
        bits = frame->bits_allocated ? frame->bits_allocated : UINT32_MAX;
    if (element->tag == TAG_WAVEFORM_DATA || element->tag == TAG_WAVEFORM_PADDING_VALUE)
        bits = frame->waveform_bits_allocated ? frame->waveform_bits_allocated : UINT32_MAX;
    if (is_curve_data(element->tag)) bits = UINT32_MAX;
    if (vr != VR('U', 'N') && element->length && bits > most) return RECODE_UNSURE_BYTE_ORDER;
    return RECODE_OK;
}
