# Draws ch01_graph from ch01_graph.tsv:  gnuplot ch01_graph.gp
NAME = 'ch01_graph'; W = 880; H = 404

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
set label 1 '{/:Bold x and c are used twice: on the way back, two gradients meet and add up}' at screen px(16),py(26) font f17 tc rgb INK front
set label 2 'A batch of four (γ = 2, β = 1, ε = 0): values and their way forward in blue, ∂loss/∂· and its way back in orange' at screen px(16),py(48) font f12 tc rgb MUTED front

set multiplot
unset border; unset tics; unset grid
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
plot [0:1][0:1] 2
unset label
set border 3 lc rgb '#8c959f' lw 0.8; set tics out scale 0.35 tc rgb MUTED font f11; set xtics nomirror; set ytics nomirror
set grid xtics ytics lt 1 lw 0.5 lc rgb GRID
set xrange [*:*]; set yrange [*:*]
unset lmargin; unset rmargin; unset tmargin; unset bmargin
set lmargin at screen px(0); set rmargin at screen px(880); set tmargin at screen py(0); set bmargin at screen py(404)
unset border; unset tics; unset grid; set xrange [0:880]; set yrange [404:0]
set object rectangle from first 16,110 to first 200,158 fc rgb '#ffffff' fs solid border lc rgb '#8c959f'
set label "x" at first 16,99 left tc rgb INK
set label "1" at first 39,125 center tc rgb C1 font f11
set label "0.112" at first 39,144 center tc rgb C2 font f11
set label "7" at first 85,125 center tc rgb C1 font f11
set label "0.416" at first 85,144 center tc rgb C2 font f11
set label "9" at first 131,125 center tc rgb C1 font f11
set label "−0.816" at first 131,144 center tc rgb C2 font f11
set label "15" at first 177,125 center tc rgb C1 font f11
set label "0.288" at first 177,144 center tc rgb C2 font f11
set object rectangle from first 238,110 to first 422,158 fc rgb '#ffffff' fs solid border lc rgb '#8c959f'
set label "c = x − μ" at first 238,99 left tc rgb INK
set label "−7" at first 261,125 center tc rgb C1 font f11
set label "0.512" at first 261,144 center tc rgb C2 font f11
set label "−1" at first 307,125 center tc rgb C1 font f11
set label "0.816" at first 307,144 center tc rgb C2 font f11
set label "1" at first 353,125 center tc rgb C1 font f11
set label "−0.416" at first 353,144 center tc rgb C2 font f11
set label "7" at first 399,125 center tc rgb C1 font f11
set label "0.688" at first 399,144 center tc rgb C2 font f11
set object rectangle from first 460,110 to first 644,158 fc rgb '#ffffff' fs solid border lc rgb '#8c959f'
set label "x̂ = c / s" at first 460,99 left tc rgb INK
set label "−1.4" at first 483,125 center tc rgb C1 font f11
set label "2" at first 483,144 center tc rgb C2 font f11
set label "−0.2" at first 529,125 center tc rgb C1 font f11
set label "4" at first 529,144 center tc rgb C2 font f11
set label "0.2" at first 575,125 center tc rgb C1 font f11
set label "−2" at first 575,144 center tc rgb C2 font f11
set label "1.4" at first 621,125 center tc rgb C1 font f11
set label "4" at first 621,144 center tc rgb C2 font f11
set object rectangle from first 682,110 to first 866,158 fc rgb '#ffffff' fs solid border lc rgb '#8c959f'
set label "y = γ·x̂ + β" at first 682,99 left tc rgb INK
set label "−1.8" at first 705,125 center tc rgb C1 font f11
set label "1" at first 705,144 center tc rgb C2 font f11
set label "0.6" at first 751,125 center tc rgb C1 font f11
set label "2" at first 751,144 center tc rgb C2 font f11
set label "1.4" at first 797,125 center tc rgb C1 font f11
set label "−1" at first 797,144 center tc rgb C2 font f11
set label "3.8" at first 843,125 center tc rgb C1 font f11
set label "2" at first 843,144 center tc rgb C2 font f11
set object rectangle from first 166,242 to first 236,290 fc rgb '#ffffff' fs solid border lc rgb '#8c959f'
set label "μ = mean(x)" at first 166,231 left tc rgb INK
set label "8" at first 201,257 center tc rgb C1 font f11
set label "−1.6" at first 201,276 center tc rgb C2 font f11
set object rectangle from first 388,242 to first 458,290 fc rgb '#ffffff' fs solid border lc rgb '#8c959f'
set label "v = mean(c²)" at first 388,231 left tc rgb INK
set label "25" at first 423,257 center tc rgb C1 font f11
set label "−0.032" at first 423,276 center tc rgb C2 font f11
set object rectangle from first 510,242 to first 580,290 fc rgb '#ffffff' fs solid border lc rgb '#8c959f'
set label "s = √(v + ε)" at first 510,231 left tc rgb INK
set label "5" at first 545,257 center tc rgb C1 font f11
set label "−0.32" at first 545,276 center tc rgb C2 font f11
set object rectangle from first 692,242 to first 762,290 fc rgb '#ffffff' fs solid border lc rgb '#8c959f'
set label "γ" at first 692,231 left tc rgb INK
set label "2" at first 727,257 center tc rgb C1 font f11
set label "0.8" at first 727,276 center tc rgb C2 font f11
set object rectangle from first 786,242 to first 856,290 fc rgb '#ffffff' fs solid border lc rgb '#8c959f'
set label "β" at first 786,231 left tc rgb INK
set label "1" at first 821,257 center tc rgb C1 font f11
set label "4" at first 821,276 center tc rgb C2 font f11
set arrow from first 200,128 to first 238,128 size screen 0.008,20 filled lc rgb C1 lw 1.3
set arrow from first 238,140 to first 200,140 size screen 0.008,20 filled lc rgb C2 lw 1.3
set arrow from first 422,128 to first 460,128 size screen 0.008,20 filled lc rgb C1 lw 1.3
set arrow from first 460,140 to first 422,140 size screen 0.008,20 filled lc rgb C2 lw 1.3
set arrow from first 644,128 to first 682,128 size screen 0.008,20 filled lc rgb C1 lw 1.3
set arrow from first 682,140 to first 644,140 size screen 0.008,20 filled lc rgb C2 lw 1.3
set arrow from first 100,158 to first 100,272 nohead lc rgb C1 lw 1.3
set arrow from first 100,272 to first 166,272 size screen 0.008,20 filled lc rgb C1 lw 1.3
set arrow from first 166,260 to first 112,260 nohead lc rgb C2 lw 1.3
set arrow from first 112,260 to first 112,158 size screen 0.008,20 filled lc rgb C2 lw 1.3
set arrow from first 236,272 to first 300,272 nohead lc rgb C1 lw 1.3
set arrow from first 300,272 to first 300,158 size screen 0.008,20 filled lc rgb C1 lw 1.3
set arrow from first 288,158 to first 288,260 nohead lc rgb C2 lw 1.3
set arrow from first 288,260 to first 236,260 size screen 0.008,20 filled lc rgb C2 lw 1.3
set arrow from first 322,158 to first 322,272 nohead lc rgb C1 lw 1.3
set arrow from first 322,272 to first 388,272 size screen 0.008,20 filled lc rgb C1 lw 1.3
set arrow from first 388,260 to first 334,260 nohead lc rgb C2 lw 1.3
set arrow from first 334,260 to first 334,158 size screen 0.008,20 filled lc rgb C2 lw 1.3
set arrow from first 458,260 to first 510,260 size screen 0.008,20 filled lc rgb C1 lw 1.3
set arrow from first 510,272 to first 458,272 size screen 0.008,20 filled lc rgb C2 lw 1.3
set arrow from first 580,272 to first 626,272 nohead lc rgb C1 lw 1.3
set arrow from first 626,272 to first 626,158 size screen 0.008,20 filled lc rgb C1 lw 1.3
set arrow from first 614,158 to first 614,260 nohead lc rgb C2 lw 1.3
set arrow from first 614,260 to first 580,260 size screen 0.008,20 filled lc rgb C2 lw 1.3
set arrow from first 738,242 to first 738,158 size screen 0.008,20 filled lc rgb C1 lw 1.3
set arrow from first 750,158 to first 750,242 size screen 0.008,20 filled lc rgb C2 lw 1.3
set arrow from first 832,242 to first 832,158 size screen 0.008,20 filled lc rgb C1 lw 1.3
set arrow from first 844,158 to first 844,242 size screen 0.008,20 filled lc rgb C2 lw 1.3
set label "The first number’s gradient, from right to left:" at first 16,340 left tc rgb INK
set label "at c:  0.4 through x̂, plus 0.112 through s and v, makes 0.512" at first 16,364 left tc rgb C2
set label "at x:  0.512 through c, plus −0.4 through μ (a quarter of its −1.6), makes 0.112" at first 16,386 left tc rgb C2
plot 1e9

unset multiplot
