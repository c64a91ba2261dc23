# Draws ch12_noise_and_drift from ch12_noise_and_drift.tsv:  gnuplot ch12_noise_and_drift.gp
NAME = 'ch12_noise_and_drift'; W = 880; H = 460

if (!exists('fmt')) fmt = 'svg'
if (!exists('out')) out = NAME.'.'.fmt
DATA = NAME.'.tsv'
FONT = fmt eq 'svg' ? 'DejaVu Sans, Verdana, sans-serif' : 'DejaVu Sans'
INK='#1f2328'; MUTED='#59636e'; GRID='#e4e8ec'; CTX='#c4ccd4'
C1='#0072B2'; C2='#D55E00'; C3='#009E73'; C4='#CC79A7'; C5='#E69F00'; C6='#56B4E9'
k = fmt eq 'svg' ? 1 : 0.75
f11 = sprintf('%s,%.4g', FONT, 11*k); f12 = sprintf('%s,%.4g', FONT, 12.5*k); f17 = sprintf('%s,%.4g', FONT, 17*k)
if (fmt eq 'svg') { set terminal svg size W,H font f12 enhanced background '#ffffff' }
if (fmt ne 'svg') { set terminal pngcairo size 2*W,2*H fontscale 2 linewidth 2 pointscale 2 dashlength 1.5 font f12 enhanced background '#ffffff' }
set output out
set encoding utf8; set minussign; set datafile separator tab; set datafile columnheaders
set key noautotitle samplen 1.4 spacing 1.15 tc rgb INK
set style fill solid noborder
px(x) = x/real(W)
py(y) = 1 - y/real(H)
set label 1 '{/:Bold Choice of batches: 0.02 % of the running mean’s variance in epoch 1, 19 % in epoch 6}' at screen px(16),py(26) font f17 tc rgb INK front
set label 2 'What enters res\_block1.bn1; CIFAR-10 photographs, 10,000 images, 6 epochs; medians and ranges of 5 runs (seeds 0–4)' at screen px(16),py(48) font f12 tc rgb MUTED front

set multiplot
unset border; unset tics; unset grid
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
plot [0:1][0:1] 2
unset label
set border 3 lc rgb '#8c959f' lw 0.8; set tics out scale 0.35 tc rgb MUTED font f11; set xtics nomirror; set ytics nomirror
set grid xtics ytics lt 1 lw 0.5 lc rgb GRID
set xrange [*:*]; set yrange [*:*]
unset lmargin; unset rmargin; unset tmargin; unset bmargin
set lmargin at screen px(60); set rmargin at screen px(400); set tmargin at screen py(110); set bmargin at screen py(400)
set logscale y; set xrange [0.8:6.2]; set yrange [0.01:150]; set xtics 1
set xlabel 'epoch' tc rgb INK; set title '{/:Bold share of the variance (%)}' tc rgb INK
set key at graph 0.97,0.03 bottom right reverse Left
plot DATA using (1*column('batch_noise_epoch')):(100*column('batch_noise_median')):(100*column('batch_noise_low')):(100*column('batch_noise_high')) with yerrorbars pt 0 lw 1 lc rgb C5, \
     DATA using (1*column('batch_noise_epoch')):(100*column('batch_noise_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C5, \
     DATA using (1*column('batch_drift_epoch')):(100*column('batch_drift_median')):(100*column('batch_drift_low')):(100*column('batch_drift_high')) with yerrorbars pt 0 lw 1 lc rgb C6, \
     DATA using (1*column('batch_drift_epoch')):(100*column('batch_drift_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C6, \
     DATA using (1*column('running_noise_epoch')):(100*column('running_noise_median')):(100*column('running_noise_low')):(100*column('running_noise_high')) with yerrorbars pt 0 lw 1 lc rgb C2, \
     DATA using (1*column('running_noise_epoch')):(100*column('running_noise_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C2, \
     DATA using (1*column('running_drift_epoch')):(100*column('running_drift_median')):(100*column('running_drift_low')):(100*column('running_drift_high')) with yerrorbars pt 0 lw 1 lc rgb C1, \
     DATA using (1*column('running_drift_epoch')):(100*column('running_drift_median')) with linespoints pt 7 ps 0.5 lw 1.9 lc rgb C1, \
     NaN with lines lw 1.9 lc rgb C5 title 'batch mean: choice', \
     NaN with lines lw 1.9 lc rgb C6 title 'batch mean: drift', \
     NaN with lines lw 1.9 lc rgb C2 title 'running mean: choice', \
     NaN with lines lw 1.9 lc rgb C1 title 'running mean: drift'
unset key; unset logscale
set lmargin at screen px(500); set rmargin at screen px(760); set tmargin at screen py(110); set bmargin at screen py(400)
set xrange [*:*]; set yrange [*:*]; set xtics autofreq
set xlabel 'step of the last epoch' tc rgb INK
set title '{/:Bold running mean of channel 0}' tc rgb INK
set key at screen px(770),py(130) left top reverse Left
plot DATA using 'step':'total' with lines lw 1.9 lc rgb INK title 'total', \
     DATA using 'step':'drift' with lines lw 1.9 lc rgb C1 title 'drift', \
     DATA using 'step':'noise' with lines lw 1.9 lc rgb C2 title 'choice'

unset multiplot
