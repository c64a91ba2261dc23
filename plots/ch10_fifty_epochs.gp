# Draws ch10_fifty_epochs from ch10_fifty_epochs.tsv:  gnuplot ch10_fifty_epochs.gp
NAME = 'ch10_fifty_epochs'; W = 880; H = 720

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
set label 1 '{/:Bold After 50 epochs weights lie between 0.80 and 1.17, biases between −0.31 and −0.01}' at screen px(16),py(26) font f17 tc rgb INK front
set label 2 'res\_block1.bn1, 16 channels; CIFAR-10 photographs, constant rate 0.01, seed 0' at screen px(16),py(48) font f12 tc rgb MUTED front

set multiplot
unset border; unset tics; unset grid
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
plot [0:1][0:1] 2
unset label
set border 3 lc rgb '#8c959f' lw 0.8; set tics out scale 0.35 tc rgb MUTED font f11; set xtics nomirror; set ytics nomirror
set grid xtics ytics lt 1 lw 0.5 lc rgb GRID
set xrange [*:*]; set yrange [*:*]
unset lmargin; unset rmargin; unset tmargin; unset bmargin
set xrange [0:50]
set lmargin at screen px(60); set rmargin at screen px(350); set tmargin at screen py(100); set bmargin at screen py(350)
set label 1 'channel 8' at 50,-1.58313 offset 0.7,0 tc rgb C1 font f11
set label 2 'channel 3' at 50,-0.476733 offset 0.7,0 tc rgb C2 font f11
set label 3 'channel 0' at 50,0.642022 offset 0.7,0 tc rgb C3 font f11

set title '{/:Bold running mean, and batch means as dots}' tc rgb INK; set yrange [-1.91847:0.941491]; set xlabel '' tc rgb INK
plot for [c=0:15] DATA using 'epoch':(column('running_mean_'.c)) with lines lw 0.9 lc rgb CTX, \
     DATA using 'batch_epoch':'batch_mean_8' with points pt 7 ps 0.25 lc rgb C1, \
     DATA using 'batch_epoch':'batch_mean_3' with points pt 7 ps 0.25 lc rgb C2, \
     DATA using 'batch_epoch':'batch_mean_0' with points pt 7 ps 0.25 lc rgb C3, \
     DATA using 'epoch':'running_mean_8' with lines lw 1.9 lc rgb C1, \
     DATA using 'epoch':'running_mean_3' with lines lw 1.9 lc rgb C2, \
     DATA using 'epoch':'running_mean_0' with lines lw 1.9 lc rgb C3
set lmargin at screen px(490); set rmargin at screen px(780); set tmargin at screen py(100); set bmargin at screen py(350)
set label 1 'channel 8' at 50,1.32701 offset 0.7,0 tc rgb C1 font f11
set label 2 'channel 3' at 50,1.01201 offset 0.7,0 tc rgb C2 font f11
set label 3 'channel 0' at 50,0.892528 offset 0.7,0 tc rgb C3 font f11

set title '{/:Bold running variance}' tc rgb INK; set yrange [0.0597398:1.76669]; set xlabel '' tc rgb INK
plot for [c=0:15] DATA using 'epoch':(column('running_var_'.c)) with lines lw 0.9 lc rgb CTX, \
     DATA using 'epoch':'running_var_8' with lines lw 1.9 lc rgb C1, \
     DATA using 'epoch':'running_var_3' with lines lw 1.9 lc rgb C2, \
     DATA using 'epoch':'running_var_0' with lines lw 1.9 lc rgb C3
set lmargin at screen px(60); set rmargin at screen px(350); set tmargin at screen py(420); set bmargin at screen py(670)
set label 1 'channel 8' at 50,0.940011 offset 0.7,0 tc rgb C1 font f11
set label 2 'channel 3' at 50,1.15869 offset 0.7,0 tc rgb C2 font f11
set label 3 'channel 0' at 50,1.00029 offset 0.7,0 tc rgb C3 font f11

set title '{/:Bold weight γ}' tc rgb INK; set yrange [0.764561:1.18625]; set xlabel 'epoch' tc rgb INK
plot for [c=0:15] DATA using 'epoch':(column('weight_'.c)) with lines lw 0.9 lc rgb CTX, \
     DATA using 'epoch':'weight_8' with lines lw 1.9 lc rgb C1, \
     DATA using 'epoch':'weight_3' with lines lw 1.9 lc rgb C2, \
     DATA using 'epoch':'weight_0' with lines lw 1.9 lc rgb C3
set lmargin at screen px(490); set rmargin at screen px(780); set tmargin at screen py(420); set bmargin at screen py(670)
set label 1 'channel 8' at 50,-0.106084 offset 0.7,0 tc rgb C1 font f11
set label 2 'channel 3' at 50,-0.227292 offset 0.7,0 tc rgb C2 font f11
set label 3 'channel 0' at 50,-0.188775 offset 0.7,0 tc rgb C3 font f11

set title '{/:Bold bias β}' tc rgb INK; set yrange [-0.339151:0.0436064]; set xlabel 'epoch' tc rgb INK
plot for [c=0:15] DATA using 'epoch':(column('bias_'.c)) with lines lw 0.9 lc rgb CTX, \
     DATA using 'epoch':'bias_8' with lines lw 1.9 lc rgb C1, \
     DATA using 'epoch':'bias_3' with lines lw 1.9 lc rgb C2, \
     DATA using 'epoch':'bias_0' with lines lw 1.9 lc rgb C3

unset multiplot
