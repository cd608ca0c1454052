//! A match and a target that read their blocks as trees. Those that have structs are in the module `filters`.

use std::collections::BTreeSet;

use super::survey::RUN;

const LABELS: &str = " meta rule=String(\"first\") weight=Double(2.5) is_set=Boolean(true)";

#[test]
fn a_match_reads_its_block_as_a_tree() {
    let lines = RUN.all("survey plugin: wrote [");
    let labelled = lines.iter().filter(|line| line.contains("rule=")).filter_map(|line| line.split(' ').nth(1));
    let expected = ["elsewhere/p-i/gauge/explicit", "here/survey/gauge/plain"];
    assert_eq!(labelled.collect::<BTreeSet<_>>(), BTreeSet::from(expected));
}

#[test]
fn a_target_reads_its_block_as_a_tree_and_adds_meta_data() {
    let lines = RUN.all("survey plugin: wrote [");
    let labelled: Vec<_> = lines.iter().filter(|line| line.ends_with(LABELS)).collect();
    assert_eq!(labelled.len(), 2, "{lines:#?}");
}

#[test]
fn a_target_takes_meta_data_away() {
    let lines = RUN.all("survey plugin: wrote [");
    let shorn = lines.iter().find(|line| line.contains("here/survey/gauge/shorn")).expect("it was dispatched");
    assert!(shorn.ends_with(" meta stays=Signed(1)"), "{shorn}");
    RUN.assert_said("labelled plugin: GOES was there: true");
    RUN.assert_said("labelled plugin: none was there: false");
}
