use serde::Deserialize;

use super::*;
use crate::config::ErrorKind;

#[derive(Debug, PartialEq, Deserialize)]
enum Mode {
    Fast,
    Slow,
    #[serde(alias = "None")]
    Off,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
enum Backend {
    Stdout,
    File(String),
    Pair(String, u16),
    Http {
        #[serde(rename = "URL")]
        url: String,
    },
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Config {
    mode: Option<Mode>,
    #[serde(default)]
    modes: Vec<Mode>,
    backend: Option<Backend>,
    #[serde(default)]
    backends: Vec<Backend>,
}

fn mode(line: Block) -> Result<Option<Mode>, Error> {
    read::<Config>([line]).map(|config| config.mode)
}

fn backend(block: Block) -> Result<Backend, Error> {
    read::<Config>([block]).map(|config| config.backend.unwrap())
}

#[test]
fn unit_variants_are_words_without_case() {
    assert_eq!(mode(key!("Mode", "Fast")), Ok(Some(Mode::Fast)));
    assert_eq!(mode(key!("Mode", "SLOW")), Ok(Some(Mode::Slow)));
    assert_eq!(mode(key!("Mode", "none")), Ok(Some(Mode::Off)));
    let modes = read::<Config>([key!("Modes", "fast", "slow"), key!("Modes", "fast")]).unwrap().modes;
    assert_eq!(modes, [Mode::Fast, Mode::Slow, Mode::Fast]);
}

#[test]
fn unquoted_booleans_are_words_again() {
    assert_eq!(mode(key!("Mode", false)), Ok(Some(Mode::Off)));
    let error = mode(key!("Mode", true)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownValue);
    assert!(error.to_string().starts_with("Mode: unknown value \"true\", expected one of "), "{error}");
}

#[test]
fn words_that_are_unknown_are_refused_with_the_closest_first() {
    let error = mode(key!("Mode", "fats")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownValue);
    assert!(error.to_string().starts_with("Mode: unknown value \"fats\", expected one of \"Fast\", "), "{error}");
    let text = message(mode(key!("Mode", 3)));
    assert!(text.starts_with("Mode: 3 is a number, expected one of "), "{text}");
    let text = message(mode(key!("Mode", "fast", "slow")));
    assert_eq!(text, "Mode: one value expected, 2 given: \"fast\" \"slow\"");
    let text = message(mode(block!("Mode", "fast"; key!("A", 1))));
    assert_eq!(text, "<Mode \"fast\">: a block found, expected a single value");
    assert!(message(mode(key!("Mode"))).starts_with("<Mode>: no value given, expected one of"));
    let twice = refused::<Config>([key!("Mode", "fast"), key!("Mode", "slow")]);
    assert_eq!(twice, "Mode: given twice: \"fast\", \"slow\"");
}

#[test]
fn a_variant_for_others_gets_them() {
    #[derive(Debug, PartialEq, Deserialize)]
    enum Loose {
        Known,
        #[serde(other)]
        Other,
    }
    #[derive(Debug, Deserialize)]
    struct Holder {
        item: Vec<Loose>,
    }
    let config: Holder = read([key!("Item", "known", "what")]).unwrap();
    assert_eq!(config.item, [Loose::Known, Loose::Other]);
}

#[test]
fn the_first_argument_names_the_variant() {
    assert_eq!(backend(key!("Backend", "stdout")), Ok(Backend::Stdout));
    assert_eq!(backend(key!("Backend", "file", "/a")), Ok(Backend::File("/a".into())));
    assert_eq!(backend(key!("Backend", "PAIR", "a", 1)), Ok(Backend::Pair("a".into(), 1)));
    let http = block!("Backend", "http"; key!("url", "x"));
    assert_eq!(backend(http), Ok(Backend::Http { url: "x".into() }));
}

#[test]
fn without_arguments_a_key_names_the_variant() {
    let inner = |line| block!("Backend"; line);
    assert_eq!(backend(inner(key!("File", "/a"))), Ok(Backend::File("/a".into())));
    assert_eq!(backend(inner(key!("pair", "a", 1))), Ok(Backend::Pair("a".into(), 1)));
    assert_eq!(backend(inner(block!("HTTP"; key!("URL", "x")))), Ok(Backend::Http { url: "x".into() }));
    assert_eq!(backend(inner(key!("Stdout", true))), Ok(Backend::Stdout));
    assert_eq!(backend(inner(key!("Stdout"))), Ok(Backend::Stdout));
}

#[test]
fn variants_with_wrong_data_are_refused() {
    let text = message(backend(key!("Backend", "file")));
    assert_eq!(text, "Backend \"file\": no value given after \"file\", expected a string");
    let text = message(backend(key!("Backend", "file", 3)));
    assert_eq!(text, "Backend \"file\": 3 is a number, expected a string (write it in quotes)");
    let text = message(backend(block!("Backend"; key!("Pair", "a", -1))));
    assert_eq!(text, "<Backend>: Pair: -1 does not fit, expected a number from 0 to 65535");
    let text = message(backend(block!("Backend"; key!("Fiel", "a"))));
    assert!(text.starts_with("<Backend>: unknown field \"Fiel\", expected one of \"File\", "), "{text}");
    let text = message(backend(block!("Backend"; key!("File", "a"), key!("Stdout", true))));
    assert_eq!(text, "<Backend>: one key expected, 2 given: File, Stdout");
    let text = message(backend(block!("Backend"; key!("Stdout", 3))));
    assert!(text.contains("takes no value: 3"), "{text}");
    let text = message(backend(block!("Backend", "http"; key!("Port", 3))));
    assert_eq!(text, "<Backend \"http\">: missing key \"URL\"");
}

#[test]
fn lists_of_variants_keep_their_order() {
    let expected = [Backend::File("/a".into()), Backend::Pair("b".into(), 1), Backend::File("/c".into())];
    let lines = [key!("Backends", "file", "/a"), key!("Backends", "pair", "b", 1), key!("Backends", "file", "/c")];
    assert_eq!(read::<Config>(lines).unwrap().backends, expected);
    let children = || [key!("File", "/a"), key!("Pair", "b", 1), key!("File", "/c")];
    let [a, b, c] = children();
    assert_eq!(read::<Config>([block!("Backends"; a, b, c)]).unwrap().backends, expected);
    // The whole configuration as a list of rules.
    assert_eq!(read::<Vec<Backend>>(children()).unwrap(), expected);
}

#[test]
fn an_enum_as_the_whole_configuration() {
    assert_eq!(read::<Backend>([key!("File", "x")]), Ok(Backend::File("x".into())));
    assert_eq!(from_block::<Mode>(&key!("Plugin", "fast")), Ok(Mode::Fast));
    assert!(read::<Backend>([]).is_err());
    assert!(read::<Vec<Backend>>([]).unwrap().is_empty());
    let text = refused::<Vec<Backend>>([key!("File", "x"), key!("Bile", "x")]);
    assert!(text.starts_with("unknown field \"Bile\", expected one of \"File\""), "{text}");
}

#[test]
fn words_in_tuples() {
    #[derive(Debug, Deserialize)]
    struct Rule {
        rule: Vec<(Mode, u8)>,
    }
    let config: Rule = read([key!("Rule", "fast", 1), key!("Rule", false, 2)]).unwrap();
    assert_eq!(config.rule, [(Mode::Fast, 1), (Mode::Off, 2)]);
    assert!(refused::<Rule>([key!("Rule", "fest", 1)]).contains("\"fest\""));
}
