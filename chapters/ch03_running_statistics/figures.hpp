// Chapter 3's two figures.
#pragma once

#include <string>

#include "ch03_running_statistics/averages.hpp"
#include "ch03_running_statistics/train_and_eval.hpp"
#include "common/figure.hpp"

namespace bn {

/// Raw batch statistics and what is remembered of them, from the initial values on.
inline Figure record_figure(const Record& r, const Population& population, std::uint64_t seed) {
    Figure figure;
    figure.name = "ch03_running_statistics";
    figure.title = "Running averages are calmer than the batches once the initial 0 and 1 fade";
    figure.subtitle = std::to_string(r.batch.size() - 1) + " batches of 16 images, weights that stand still, seed " +
                      std::to_string(seed) + "; dots: each batch; dashed: the population";
    figure.height = 620;
    figure.columns = {{"batch", r.batch},
                      {"batch_mean", r.batch_mean},
                      {"mean_moving", r.mean_moving},
                      {"mean_average", r.mean_average},
                      {"batch_variance", r.batch_variance},
                      {"variance_moving", r.variance_moving},
                      {"variance_average", r.variance_average}};
    figure.commands = "mean = " + std::to_string(population.mean()) +
                      "; variance = " + std::to_string(population.variance()) + R"(
set xtics nomirror 25; set ytics nomirror
set xrange [0:150]
set format x ''
)" + panel(76, 690, 80, 320) +
                      R"(
set yrange [0:4]; set ytics 1
set ylabel 'mean' tc rgb INK
set label 1 'momentum 0.1' at 153,mean-0.22 tc rgb C1 font f12
set label 4 'in the long run it spreads' at 153,mean-0.55 tc rgb MUTED font f11
set label 5 '0.23 as much as the dots' at 153,mean-0.77 tc rgb MUTED font f11
set label 2 'None: the plain average' at 153,mean+0.22 tc rgb C2 font f12
set label 3 'starts at 0 and keeps 0.9^k of it: 35 % after 10 batches, 1 % after 44' at 24,0.75 tc rgb MUTED font f11
set arrow 3 from 23,0.75 to 3.4,1.0 size screen 0.007,20 filled lc rgb MUTED lw 0.8
plot mean with lines dt 2 lw 1 lc rgb INK, \
     DATA using 'batch':'batch_mean' with points pt 7 ps 0.4 lc rgb '#aab4be', \
     DATA using 'batch':'mean_average' every ::1 with lines lw 1.9 lc rgb C2, \
     DATA using 'batch':'mean_moving' with lines lw 1.9 lc rgb C1
unset arrow 3; unset label 1; unset label 2; unset label 3; unset label 4; unset label 5; set format x '%g'
)" + panel(76, 690, 345, 570) +
                      R"(
set yrange [0.6:2.4]; set ytics 0.5
set ylabel 'unbiased variance' tc rgb INK
set xlabel 'batches seen' tc rgb INK
set label 1 'starts at 1' at 2,0.82 tc rgb MUTED font f11
set label 2 'Both settle below 1.5: the' at 153,1.26 tc rgb MUTED font f11
set label 3 'pixels of an image are alike,' at 153,1.14 tc rgb MUTED font f11
set label 4 'and n/(n − 1) corrects as if' at 153,1.02 tc rgb MUTED font f11
set label 5 'they were independent' at 153,0.90 tc rgb MUTED font f11
plot variance with lines dt 2 lw 1 lc rgb INK, \
     DATA using 'batch':'batch_variance' with points pt 7 ps 0.4 lc rgb '#aab4be', \
     DATA using 'batch':'variance_average' every ::1 with lines lw 1.9 lc rgb C2, \
     DATA using 'batch':'variance_moving' with lines lw 1.9 lc rgb C1
)";
    return figure;
}

/// What a forgotten eval() costs, by test batch size.
inline Figure forgotten_figure(const BatchSizeCurves& c, int runs, std::uint64_t seed) {
    Figure figure;
    figure.name = "ch03_eval_forgotten";
    figure.title = "Without eval the answer depends on the batch; with eval, only on the training";
    figure.subtitle = "Two classes of synthetic images, 512 for testing, mean of " + std::to_string(runs) +
                      " runs, seed " + std::to_string(seed);
    figure.height = 470;
    figure.columns = {{"size", c.size},
                      {"error_train", c.error_train},
                      {"error_eval", c.error_eval},
                      {"error_early", c.error_early},
                      {"accuracy_mixed", c.accuracy_mixed},
                      {"accuracy_one_class", c.accuracy_one_class},
                      {"accuracy_eval", c.accuracy_eval}};
    // Where the labels stand: beside their lines
    figure.commands = "early = " + std::to_string(c.error_early.front()) +
                      "; train = " + std::to_string(c.error_train[3]) +
                      "; warm = " + std::to_string(c.error_eval.front()) + R"(
set xtics nomirror; set ytics nomirror
set logscale x 2; set xrange [0.9:285]; set xtics (1,4,16,64,256)
set xlabel 'images per test batch' tc rgb INK
)" + panel(70, 420, 100, 415) +
                      R"(
set label 10 'Error of the output, against the population' at graph 0,1.06 tc rgb INK
set logscale y; set yrange [0.01:3]; set ytics (0.01, 0.03, 0.1, 0.3, 1, 3)
set label 11 'eval after 5 training batches' at 1.2,1.25*early tc rgb C5 font f12
set label 12 'train mode' at 9,1.2*train tc rgb C2 font f12
set label 13 'eval after 300 training batches' at 1.2,0.78*warm tc rgb C1 font f12
plot DATA using 'size':'error_early' with linespoints pt 7 ps 0.4 lw 1.9 lc rgb C5, \
     DATA using 'size':'error_train' with linespoints pt 7 ps 0.4 lw 1.9 lc rgb C2, \
     DATA using 'size':'error_eval' with linespoints pt 7 ps 0.4 lw 1.9 lc rgb C1
)" + panel(505, 855, 100, 415) +
                      R"(
unset logscale y; set yrange [45:103]; set ytics nomirror 50,10,100; set format y '%g %%'
set label 10 'Accuracy, by the sign of the output'
set label 11 'eval mode, in any order' at 1.2,99.7 tc rgb C1 font f12
set label 12 'train mode, shuffled' at 5.5,86.5 tc rgb C2 font f12
set label 13 'train mode, sorted by class' at 5.5,52.5 tc rgb C4 font f12
plot DATA using 'size':(100*column('accuracy_one_class')) with linespoints pt 7 ps 0.4 lw 1.9 lc rgb C4, \
     DATA using 'size':(100*column('accuracy_mixed')) with linespoints pt 7 ps 0.4 lw 1.9 lc rgb C2, \
     DATA using 'size':(100*column('accuracy_eval')) with linespoints pt 7 ps 0.4 lw 1.9 lc rgb C1
)";
    return figure;
}

}  // namespace bn
