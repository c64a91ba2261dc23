// A race, for ThreadSanitizer to see: common/tests/races.sh builds it and wants a report.
#include <cstdio>

int main() {
    int sum = 0;
#pragma omp parallel for
    for (int i = 0; i < 1000; ++i) sum += i;
    std::printf("%d\n", sum);
}
