/* The VR of elements that come without one, and how many of their bytes change places. */
#ifndef FASTSEND_RECODE_VR_H
#define FASTSEND_RECODE_VR_H

#include "../part10/element.h"
#include "recode.h"

/* Takes note of an element that others depend on: Bits Allocated, Pixel Representation, Waveform
 * Bits Allocated. The value lies inside the data set. */
enum recode_status vr_note(recode_state *state, recode_frame *frame, const data_element *element);

/* The VR of an element of Implicit VR, with its choices made (PS3.5 A.1, 8.2, 8.3). */
enum recode_status vr_find(recode_state *state, recode_frame *frame, const data_element *element,
                           uint16_t *vr);

/* Hands what was taken for granted in a frame to the one around it when it ends. */
void vr_leave(recode_frame *outer, const recode_frame *inner);

/* The bytes of a value that change places together where the byte order changes. */
enum recode_status vr_swap_unit(const recode_frame *frame, const data_element *element, uint16_t vr,
                                uint32_t *unit);

#endif
