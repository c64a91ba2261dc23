# Draws ch05_filters from ch05_filters.tsv:  gnuplot ch05_filters.gp
NAME = 'ch05_filters'; W = 880; H = 500

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
set label 1 '{/:Bold A kernel answers where the picture looks like the kernel}' at screen px(16),py(26) font f17 tc rgb INK front
set label 2 'One of the sketches, in grey, no padding; orange is positive, blue negative, on one scale for all' at screen px(16),py(48) font f12 tc rgb MUTED front

set multiplot
unset border; unset tics; unset grid
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
plot [0:1][0:1] 2
unset label
set border 3 lc rgb '#8c959f' lw 0.8; set tics out scale 0.35 tc rgb MUTED font f11; set xtics nomirror; set ytics nomirror
set grid xtics ytics lt 1 lw 0.5 lc rgb GRID
set xrange [*:*]; set yrange [*:*]
unset lmargin; unset rmargin; unset tmargin; unset bmargin

unset grid; unset tics; unset colorbox; set border 15 lc rgb '#8c959f' lw 0.8
stats DATA using 'level' name 'L' nooutput; stats DATA using 'upright' name 'U' nooutput
largest(a, b) = a > b ? a : b
range = largest(largest(L_max, -L_min), largest(U_max, -U_min))
array A[1024]
set samples 160; set isosamples 160
set palette gray
set cbrange [*:*]
set label 'the picture, 32×32' at screen px(114),py(182) center tc rgb MUTED font f11
set lmargin at screen px(24); set rmargin at screen px(204); set tmargin at screen py(194); set bmargin at screen py(374)
set xrange [*:*]; set yrange [*:*]
stats DATA using (A[int($0)+1] = column('picture')) every ::::1023 nooutput
set xrange [0:32]; set yrange [32:0]
side = 32; half = side / 320.0
set datafile nocolumnheaders
plot sample [u=half:side-half] [v=half:side-half] '++' using (u):(v):(A[1+floor(u)+side*floor(v)]) with image
set datafile columnheaders
unset label
set palette defined (-1 C1, 0 '#ffffff', 1 C2); set cbrange [-range:range]
set label '{/:Bold level edges}' at screen px(267),py(144) center tc rgb INK
set label '1   2   1' at screen px(267),py(176) center tc rgb INK
set label '0   0   0' at screen px(267),py(196) center tc rgb INK
set label '−1  −2  −1' at screen px(267),py(216) center tc rgb INK
set label 'convolved, 30×30' at screen px(412),py(88) center tc rgb MUTED font f11
set lmargin at screen px(328); set rmargin at screen px(496); set tmargin at screen py(100); set bmargin at screen py(268)
set xrange [*:*]; set yrange [*:*]
stats DATA using (A[int($0)+1] = column('level')) every ::::899 nooutput
set xrange [0:30]; set yrange [30:0]
side = 30; half = side / 320.0
set datafile nocolumnheaders
plot sample [u=half:side-half] [v=half:side-half] '++' using (u):(v):(A[1+floor(u)+side*floor(v)]) with image
set datafile columnheaders
unset label
set label 'then ReLU, 30×30' at screen px(592),py(88) center tc rgb MUTED font f11
set lmargin at screen px(508); set rmargin at screen px(676); set tmargin at screen py(100); set bmargin at screen py(268)
set xrange [*:*]; set yrange [*:*]
stats DATA using (A[int($0)+1] = column('level_relu')) every ::::899 nooutput
set xrange [0:30]; set yrange [30:0]
side = 30; half = side / 320.0
set datafile nocolumnheaders
plot sample [u=half:side-half] [v=half:side-half] '++' using (u):(v):(A[1+floor(u)+side*floor(v)]) with image
set datafile columnheaders
unset label
set label 'then max-pooling, 15×15' at screen px(772),py(88) center tc rgb MUTED font f11
set lmargin at screen px(688); set rmargin at screen px(856); set tmargin at screen py(100); set bmargin at screen py(268)
set xrange [*:*]; set yrange [*:*]
stats DATA using (A[int($0)+1] = column('level_pooled')) every ::::224 nooutput
set xrange [0:15]; set yrange [15:0]
side = 15; half = side / 320.0
set datafile nocolumnheaders
plot sample [u=half:side-half] [v=half:side-half] '++' using (u):(v):(A[1+floor(u)+side*floor(v)]) with image
set datafile columnheaders
unset label
set label '{/:Bold upright edges}' at screen px(267),py(354) center tc rgb INK
set label '1   0  −1' at screen px(267),py(386) center tc rgb INK
set label '2   0  −2' at screen px(267),py(406) center tc rgb INK
set label '1   0  −1' at screen px(267),py(426) center tc rgb INK
set label 'convolved, 30×30' at screen px(412),py(298) center tc rgb MUTED font f11
set lmargin at screen px(328); set rmargin at screen px(496); set tmargin at screen py(310); set bmargin at screen py(478)
set xrange [*:*]; set yrange [*:*]
stats DATA using (A[int($0)+1] = column('upright')) every ::::899 nooutput
set xrange [0:30]; set yrange [30:0]
side = 30; half = side / 320.0
set datafile nocolumnheaders
plot sample [u=half:side-half] [v=half:side-half] '++' using (u):(v):(A[1+floor(u)+side*floor(v)]) with image
set datafile columnheaders
unset label
set label 'then ReLU, 30×30' at screen px(592),py(298) center tc rgb MUTED font f11
set lmargin at screen px(508); set rmargin at screen px(676); set tmargin at screen py(310); set bmargin at screen py(478)
set xrange [*:*]; set yrange [*:*]
stats DATA using (A[int($0)+1] = column('upright_relu')) every ::::899 nooutput
set xrange [0:30]; set yrange [30:0]
side = 30; half = side / 320.0
set datafile nocolumnheaders
plot sample [u=half:side-half] [v=half:side-half] '++' using (u):(v):(A[1+floor(u)+side*floor(v)]) with image
set datafile columnheaders
unset label
set label 'then max-pooling, 15×15' at screen px(772),py(298) center tc rgb MUTED font f11
set lmargin at screen px(688); set rmargin at screen px(856); set tmargin at screen py(310); set bmargin at screen py(478)
set xrange [*:*]; set yrange [*:*]
stats DATA using (A[int($0)+1] = column('upright_pooled')) every ::::224 nooutput
set xrange [0:15]; set yrange [15:0]
side = 15; half = side / 320.0
set datafile nocolumnheaders
plot sample [u=half:side-half] [v=half:side-half] '++' using (u):(v):(A[1+floor(u)+side*floor(v)]) with image
set datafile columnheaders
unset label

unset multiplot
