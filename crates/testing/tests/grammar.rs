//! The configuration that a test gives is to the fake daemon what it is to the real one: both read the same texts, some
//! thought out and some thrown together, and must make the same trees of them, or refuse both.
//!
//! `COLLECTD_TESTING_INPUTS` says how many are thrown together.

use std::fs;
use std::path::Path;
use std::process::Command;

use collectd_test_daemon::Daemon;
use collectd_test_host::Host;

/// Each is about something that can be got wrong.
const INPUTS: &[&str] = &[
    "",
    "\n",
    "# nothing",
    "# nothing\n",
    "Key value\n",
    "Key value",
    "Key\n",
    "Key \"value\" # comment\n",
    "Key value# comment\n",
    "Key \"a # b\"\n",
    "Key a \\\n  b\n",
    "Key a \\ \n  b\n",
    "Key a \\\r\n  b\r\n",
    "Key a \\\n\n",
    "# comment \\\nKey a\n",
    "Key \"a\\\n   b\"\n",
    "Key \"a\\\r\n\t b\"\r\n",
    "Key \"a\\\n   b\\\n c\" 1\n",
    "Key \"a\\\n\"\n",
    "Key \"a\\\n\"\nOther \"b\"\n",
    "Key \"a\\\n\\\nb\"\n",
    "Key \"a\\\n b",
    "Key \"a\nb\"\n",
    "Key \"a\r\nb\"\n",
    "Key \"a\\\"b\\\\c\\d\"\n",
    "Key \"a\\\\\"\n",
    "Key \"\"\n",
    "Key \"a\n",
    "Key \"\\\r\nx\"\n",
    "Key 'a b'\n",
    "Key a=b;c\n",
    "Key-name 1\n",
    "Key.name 1\n",
    "\"Key\" 1\n",
    "1Key 2\n",
    "1 2\n",
    "true 1\n",
    "trueish no\n",
    "K true yes on false no off\n",
    "K True YES On FALSE No oFF\n",
    "K \"true\" \"1\"\n",
    "K 1 -1 +1 0 -0 007 08 0x1F 0X1f 0x -0x1\n",
    "K 1.5 -1.5 .5 -.5 1. 1.5e+3 1.5E-3 1.5e3 1e5 1e+5 .5e+1\n",
    "K 1.5.5 1..5 1,5 1_000 1a 12abc 0x1G 0xFFFFFFFFFFFFFFFF 99999999999999999999\n",
    "K 1.7976931348623157e+309 4.9e-324 0.1\n",
    "K inf nan -inf\n",
    "K 1.2.3.4 1.2.3.4:80 256.1.1.1 1.2.3.456 01.2.3.4 1.2.3.4:0 1.2.3.4:65535 1.2.3.4:65536 1.2.3.4:080\n",
    "K 1.2.3 1.2.3.4.5 1.2.3.4.5.6.7.8\n",
    "K ::1 :: fe80::1 1:2:3:4:5:6:7:8 1:2:3:4:5:6:7 1:2:3:4:5:6:7:8:9 1::2::3\n",
    "K ::ffff:1.2.3.4 ::1.2.3.4:80 64:ff9b::1.2.3.4 1:2:3:4:5:6:1.2.3.4 1:2:3:4:5:6:7:1.2.3.4\n",
    "K [::1] [::1]:80 [::1]:99999 [::1 [1.2.3.4] [::1.2.3.4:5]:6 []\n",
    "K cafe::babe cafe: cafe 12345:: 1:2:3:4:5:6:7:: ::2:3:4:5:6:7:8 1:2:3:4::5:6:7:8 a:b\n",
    "K ff02::1:ff00:0 2001:db8::/32\n",
    "K /path\n",
    "K a/b\n",
    "K a\tb\u{8}c\n",
    "K a\u{b}b\u{c}c\n",
    "\u{feff}K a\n",
    "K \u{e9} \"\u{e9}\u{1F600}\"\n",
    "K \u{7f} \"\u{1}\"\n",
    "<Block>\n</Block>\n",
    "<Block a>\n</Block>\n",
    "<Block>\nK 1\n</Block>\n",
    "<Block a \"b\" 3 true>\nK 1\n\n# c\n</Block>\n",
    "<Block a>\nK 1\n</Block>",
    "<Block a>\nK 1\n</block>\n",
    "<Block a>\nK 1\n</Other>\n",
    "<Block a>\nK 1\n</Block a>\n",
    "<Block a>\nK 1\n",
    "<Block a>",
    "<Block a> K 1\n</Block>\n",
    "<Block a>K 1</Block>\n",
    "< Block a >\nK 1\n< / Block >\n",
    "<Block \\\n a>\nK 1\n</\\\nBlock>\n",
    "<Block a>\n<Inner>\n<Deep x>\n</Deep>\n</Inner>\n<Empty>\n</Empty>\n</Block>\n",
    "<Block a>\n<Inner>\n</Block>\n</Inner>\n",
    "</Block>\n",
    "<>\n</>\n",
    "<1 a>\n</1>\n",
    "<1a>\nK 1\n</1a>\n",
    "<\"Block\">\n</\"Block\">\n",
    "<true>\n</true>\n",
    "Key a > b\n",
    "Key a < b\n",
    "<<Block>>\n",
    "K 1\r\nL 2\r\n",
    "K 1\rL 2\n",
    "  \t K \t 1 \t \n",
    "K 1 \\",
    "\\\nK 1\n",
    "\\K 1\n",
    "K \\a\n",
    "K 1\n\\",
    "include 1\n",
    "K $HOME %s %n ~ ` ! @ ^ & * ( ) { } | ? , . ; : ' -\n",
    "K a--5 5-5 5+5 +a -a -- ++5\n",
    "K \"a\"\"b\" \"c\"d e\"f\"\n",
];

/// What texts are thrown together of.
const PIECES: &[&str] = &[
    "\n",
    "\n",
    "\r\n",
    " ",
    " ",
    "\t",
    "\\\n",
    "\\\r\n",
    "\\",
    "#",
    "# c",
    "\"",
    "\"",
    "\"a b\"",
    "\"x\\\"y\"",
    "\"l\\\n  m\"",
    "<",
    ">",
    "</",
    "<Plugin a>\n",
    "</Plugin>\n",
    "<B \"x\">\n",
    "</B>\n",
    "</",
    "/",
    "Key",
    "key_2",
    "K 1\n",
    "K \"v\"\n",
    "true",
    "no",
    "on",
    "1",
    "-2.5",
    "0x1f",
    "1.5e+3",
    ".5",
    "1.2.3.4",
    ":80",
    "::1",
    "[::1]",
    ":",
    ".",
    "fe80::",
    "cafe",
    "-",
    "+",
    "=",
    ";",
    "'",
    "\u{e9}",
    "\u{8}",
    "0",
    "12",
    "e+5",
];

/// The next number of a sequence that is always the same.
fn next(state: &mut u64) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*state >> 40).expect("24 bits")
}

fn inputs() -> Vec<String> {
    let count = std::env::var("COLLECTD_TESTING_INPUTS").ok().map_or(1500, |count| count.parse().expect("a number"));
    let mut state = 1;
    let mut inputs: Vec<String> = INPUTS.iter().map(|&input| input.to_owned()).collect();
    inputs.extend((0..count).map(|_| {
        let pieces = 1 + next(&mut state) % 12;
        (0..pieces).map(|_| PIECES[next(&mut state) % PIECES.len()]).collect::<String>()
    }));
    // Most of those are refused early. These are options with values, where the scanner has more to say.
    inputs.extend((0..count).map(|_| {
        let values = 1 + next(&mut state) % 6;
        let values = (0..values).map(|_| PIECES[2 + next(&mut state) % (PIECES.len() - 2)]).collect::<String>();
        format!("<Block>\nKey {values} \"e\"\n</Block>\n")
    }));
    inputs
}

/// What the real daemon makes of them.
fn trees(inputs: &[String]) -> Vec<String> {
    let dir = tempfile::tempdir().expect("a temporary directory");
    for (index, input) in inputs.iter().enumerate() {
        fs::write(dir.path().join(index.to_string()), input).expect("a temporary directory is writable");
    }
    let so = dir.path().join("grammar.so");
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-Wall", "-Werror", "-o"]).arg(&so);
    cc.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/c/grammar.c"));
    assert!(cc.status().expect("cc: install gcc").success());
    let outcome = Daemon::builder().env("GRAMMAR_DIR", dir.path()).load_so(&so, "grammar").run_once();
    let trees = fs::read_to_string(dir.path().join("trees"));
    let trees = trees.unwrap_or_else(|error| panic!("{error}: {}", outcome.output));
    trees.lines().map(str::to_owned).collect()
}

fn fake_tree(host: &Host, input: &str) -> String {
    let (is_good, events) = host.try_run(&format!("tree\n{input}"));
    let mistake = events.iter().any(|event| event.kind() == "config-error");
    assert_eq!(mistake, !is_good, "{input:?}: {events:?}");
    let tree = events.iter().find(|event| event.kind() == "tree").expect("a tree");
    if is_good { format!("{tree:?}") } else { "refused".to_owned() }
}

#[test]
fn both_daemons_read_the_same() {
    let inputs = inputs();
    let trees = trees(&inputs);
    assert_eq!(trees.len(), inputs.len(), "the real daemon has not read all of them");
    let host = Host::lock();
    let mut taken = 0;
    let mut wrong = Vec::new();
    for (input, tree) in inputs.iter().zip(&trees) {
        let fake = fake_tree(&host, input);
        taken += usize::from(tree.starts_with("tree"));
        if fake != *tree {
            wrong.push(format!("{input:?}\n  real {tree}\n  fake {fake}"));
        }
    }
    wrong.truncate(20);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Neither may have refused nearly everything.
    assert!(taken > inputs.len() / 4, "only {taken} of {} are configurations", inputs.len());
}

/// Blocks are read by calls within calls; far too many of them are a mistake, and nothing worse.
#[test]
fn a_thousand_blocks_are_no_trouble() {
    let host = Host::lock();
    for depth in [900, 1_000_000] {
        let input = "<B>\nK 1\n".repeat(depth) + &"</B>\n".repeat(depth);
        assert_eq!(fake_tree(&host, &input) == "refused", depth > 1000);
    }
}
