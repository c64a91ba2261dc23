#include "common/sketches.hpp"
