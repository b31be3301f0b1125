#ifndef CLIBOPUS_SHIM_H
#define CLIBOPUS_SHIM_H
#include <opus.h>
#include <opus_multistream.h>

// Swift does not import variadic C functions, and libopus sets everything through two of them.

static inline int opus_encoder_set(OpusEncoder *encoder, int request, opus_int32 value) {
    return opus_encoder_ctl(encoder, request, value);
}

static inline int opus_encoder_get(OpusEncoder *encoder, int request, opus_int32 *value) {
    return opus_encoder_ctl(encoder, request, value);
}

static inline int opus_decoder_set(OpusDecoder *decoder, int request, opus_int32 value) {
    return opus_decoder_ctl(decoder, request, value);
}

static inline int opus_multistream_decoder_set(OpusMSDecoder *decoder, int request, opus_int32 value) {
    return opus_multistream_decoder_ctl(decoder, request, value);
}

#endif
