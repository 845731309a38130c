/* The VR of each Data Element of the Standard (PS3.6 6, 7, 8). */
#ifndef FASTSEND_RECODE_DICTIONARY_H
#define FASTSEND_RECODE_DICTIONARY_H

#include <stddef.h>
#include <stdint.h>

#include "../part10/element.h"

/* Where PS3.6 leaves a choice; small letters, so that they are no VR. */
#define VR_US_OR_SS VR('x', 's')
#define VR_OB_OR_OW VR('o', 'x')
#define VR_US_OR_OW VR('l', 't')
#define VR_US_OR_SS_OR_OW VR('x', 'w')

/* The VR of a tag of an even group, 0 where the Standard has none. `*hint` is where the last one
 * was found: tags mostly increase, so that the next one is near. */
uint16_t dictionary_vr(uint32_t tag, size_t *hint);

/* The same without the elements that are repeated in several groups. */
uint16_t dictionary_single_vr(uint32_t tag, size_t *hint);

#endif
