// node check_math.mjs KATEX FILE.md ...: see check_math.
import fs from 'node:fs';
import path from 'node:path';

const katex = (await import(process.argv[2])).default;

// What KaTeX knows and GitHub refuses: macros that define others, hide text or leave the page.
const refused = /\\(operatorname|mbox|[hv]?phantom|[gex]?def|let|(re)?newcommand|providecommand|require|href|url|includegraphics|html\w+)(?![a-zA-Z])/;

// Nothing, or what is wrong with a formula.
function problem(formula, displayMode) {
    if (formula.trim() === '') return 'the formula is empty';
    const macro = formula.match(refused);
    if (macro) return `GitHub does not allow ${macro[0]}`;
    try {
        katex.renderToString(formula, { displayMode, throwOnError: true, strict: 'error' });
    } catch (error) {
        return error.message.trim();
    }
}

// The formulas of a text: [formula, displayed, where it begins].
function formulas(text) {
    const found = [];
    const blank = (code) => code.replace(/[^\n]/g, ' ');
    const fences = /^( *)(`{3,}|~{3,})(.*)\n([^]*?\n)?\1\2[`~]* *$/gm;
    let rest = text.replace(fences, (all, indent, marks, language, content, at) => {
        if (language.trim() === 'math') found.push([content ?? '', true, at]);
        return blank(all);
    });
    rest = rest.replace(/\$`([^`]*)`\$/g, (all, content, at) => {
        found.push([content, false, at]);
        return blank(all);
    });
    return found.sort((a, b) => a[2] - b[2]);
}

// A check that could not fail would be worthless: does it find what is wrong, and only that?
const sample = formulas('$`a`$ `b`\n\n```math\nc\n```\n\n```\n$`d`$\n```\n');
const works = JSON.stringify(sample) === JSON.stringify([['a', false, 0], ['c\n', true, 11]]) &&
    !problem('\\frac{1}{2}', false) && !problem('\\begin{aligned}a &= b && (1.1)\\\\ c &= d\\end{aligned}', true) &&
    problem('\\frac{1}', false) && problem('\\sigmaa', false) && problem('x \\tag{1.1}', false) && problem('\\operatorname{Var} x', false);
if (!works) {
    console.error('check_math: it does not find the faults of its own samples');
    process.exit(2);
}

let count = 0, wrong = 0;
for (const file of process.argv.slice(3)) {
    const text = fs.readFileSync(file, 'utf8');
    for (const [formula, displayed, at] of formulas(text)) {
        ++count;
        const message = problem(formula, displayed);
        if (!message) continue;
        ++wrong;
        console.log(`${path.relative('.', file)}:${text.slice(0, at).split('\n').length}: ${message}`);
    }
}
console.log(`check_math: ${count} formulas in ${process.argv.length - 3} files, ${wrong} wrong`);
process.exit(wrong ? 1 : 0);
