#include "common/exercise_test.hpp"

#include EXERCISE

TEST_CASE("a convolution") {
    CHECK(mine::conv2d_parameters(3, 8, 3, true) == 224);
    CHECK(mine::conv2d_parameters(3, 8, 3, false) == 216);
    CHECK(mine::conv2d_parameters(16, 16, 3, true) == 2320);
    CHECK(mine::conv2d_parameters(2, 5, 1, true) == 15);
}

TEST_CASE("a batch norm") {
    CHECK(mine::batch_norm_parameters(8) == 16);
    CHECK(mine::batch_norm_parameters(16) == 32);
}

TEST_CASE("a fully connected layer") {
    CHECK(mine::linear_parameters(1024, 64) == 65'600);
    CHECK(mine::linear_parameters(64, 2) == 130);
}

TEST_CASE("the article's network") {
    CHECK(mine::network_parameters(true, true) == 71'874);
}

TEST_CASE("without batch norm") {
    CHECK(mine::network_parameters(false, true) == 71'762);
}

TEST_CASE("without the redundant biases") {
    CHECK(mine::network_parameters(true, false) == 71'818);
}

TEST_CASE("no bias is redundant without batch norm") {
    CHECK(mine::network_parameters(false, false) == 71'762);
}
