/* Sequences, their items and delimiters, and pixel fragments (PS3.5 7.5, A.4). */
#ifndef FASTSEND_RECODE_SEQUENCES_H
#define FASTSEND_RECODE_SEQUENCES_H

#include "../part10/element.h"
#include "recode.h"

/* Whether nothing inside the items of a frame needs a look: in Explicit VR there may be fragments
 * that the output must not have, or VRs to rename. */
int sequences_stay(const recode_state *state, const recode_frame *frame);

/* An item or delimiter in a sequence, or among pixel fragments; `left` bytes are left in it. */
enum recode_status sequences_step_item(recode_state *state, uint64_t left);

/* An element of group FFFE that was read already. */
enum recode_status sequences_step_delimiter(recode_state *state, const data_element *element);

/* Into an element of undefined length. */
enum recode_status sequences_open(recode_state *state, const data_element *element, uint16_t vr);

/* Goes over an element of the data set itself of which nothing is written. Pixel fragments are told
 * by their heads alone, under every VR that is seen with them. */
enum recode_status sequences_mute(recode_state *state, const data_element *element);

#endif
