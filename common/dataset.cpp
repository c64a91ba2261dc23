#include "common/dataset.hpp"
