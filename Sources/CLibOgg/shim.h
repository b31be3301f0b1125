#ifndef CLIBOGG_SHIM_H
#define CLIBOGG_SHIM_H
#include <ogg/ogg.h>
#endif
