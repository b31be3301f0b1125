#ifndef CLIBSTEMMER_SHIM_H
#define CLIBSTEMMER_SHIM_H
#include <libstemmer.h>
#endif
