//! Whatever a configuration holds: no type panics on it or loops, and messages stay one short line.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::*;
use crate::config::{Port, Regex, Scalar, Seconds, Selection};

const ROUNDS: usize = 1_000;
const KEYS: [&str; 8] = ["A", "b", "B", "C", "$argument", "$arguments", "Line\nfeed", ""];

/// A linear congruential generator: the same trees in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let high = self.0 >> 33;
        u32::try_from(high).map_or(0, |high| high % limit)
    }

    fn scalar(&mut self) -> Scalar {
        match self.below(9) {
            0 => f64::NAN.into(),
            1 => (-1).into(),
            2 => 70000.into(),
            3 => 1.5.into(),
            4 => true.into(),
            5 => "on".into(),
            6 => "x\u{7}".repeat(500).into(),
            7 => "a".into(),
            _ => 3.into(),
        }
    }

    fn block(&mut self, depth: u32) -> Block {
        let key = usize::try_from(self.below(13)).ok().and_then(|index| KEYS.get(index)).copied().unwrap_or("a");
        let mut block = Block::new(key);
        for _ in 0..self.below(4) {
            block = block.value(self.scalar());
        }
        if depth > 0 {
            for _ in 0..self.below(5) {
                block = block.child(self.block(depth - 1));
            }
        }
        block
    }
}

fn check<T: DeserializeOwned>(block: &Block, taken: &mut usize) {
    for result in [from_block::<T>(block), block.to::<T>()] {
        match result {
            Ok(_) => *taken += 1,
            Err(error) => {
                let text = error.to_string();
                assert!(text.len() < 4000, "{text}");
                assert!(!text.contains(char::is_control), "{text:?}");
                assert!(!text.is_empty());
            }
        }
    }
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "only read into")]
struct Loose {
    a: Option<Vec<Word>>,
    b: Option<Inner>,
    #[serde(rename = "$arguments")]
    arguments: Option<(IgnoredAny, Option<IgnoredAny>)>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "only read into")]
struct Inner {
    #[serde(rename = "$argument")]
    argument: Option<Untagged>,
    #[serde(flatten)]
    rest: HashMap<String, Untagged>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "only read into")]
enum Word {
    A,
    B(Box<Word>),
    C(u8, Option<bool>),
    On { a: Block },
}

#[derive(Deserialize)]
#[serde(untagged)]
#[expect(dead_code, reason = "only read into")]
enum Untagged {
    Number(u8),
    List(Vec<Untagged>),
    Map(BTreeMap<String, Untagged>),
    Block(Block),
}

#[test]
fn random_trees() {
    let mut random = Random(1);
    let mut taken = [0; 15];
    for _ in 0..ROUNDS {
        let block = random.block(3);
        check::<Loose>(&block, &mut taken[0]);
        check::<Inner>(&block, &mut taken[1]);
        check::<Word>(&block, &mut taken[2]);
        check::<Vec<Word>>(&block, &mut taken[3]);
        check::<Untagged>(&block, &mut taken[4]);
        check::<Vec<(String, Option<f64>)>>(&block, &mut taken[5]);
        check::<HashMap<String, Vec<Scalar>>>(&block, &mut taken[6]);
        check::<BTreeMap<u8, Untagged>>(&block, &mut taken[7]);
        check::<Vec<IgnoredAny>>(&block, &mut taken[8]);
        check::<()>(&block, &mut taken[9]);
        check::<Vec<Block>>(&block, &mut taken[10]);
        check::<bool>(&block, &mut taken[11]);
        check::<Vec<Port>>(&block, &mut taken[12]);
        check::<Selection>(&block, &mut taken[13]);
        check::<HashMap<String, (Option<Regex>, Option<Seconds>)>>(&block, &mut taken[14]);
        if from_block::<Block>(&block).is_ok_and(|same| same.to_string() != block.to_string()) {
            panic!("another tree than {block}");
        }
    }
    assert!(taken.iter().all(|&taken| taken > 0), "{taken:?}");
}
