use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error};

/// A whole number within limits.
pub struct Limited<const MIN: u32, const MAX: u32>(pub u32);

impl<'de, const MIN: u32, const MAX: u32> Deserialize<'de> for Limited<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        collectd::config::in_range(deserializer, MIN..=MAX).map(Limited)
    }
}

#[derive(serde::Deserialize)]
#[serde(try_from = "u16")]
pub struct Even(pub u16);

impl TryFrom<u16> for Even {
    type Error = &'static str;

    fn try_from(value: u16) -> Result<Self, Self::Error> {
        if value % 2 == 0 { Ok(Even(value)) } else { Err("it is odd") }
    }
}

pub fn percent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    match u8::deserialize(deserializer)? {
        percent @ 0..=100 => Ok(percent),
        _ => Err(D::Error::custom("more than all")),
    }
}

pub fn strange<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    deserializer.deserialize_any(Strange)
}

pub type Many = super::super::o::read::List<f32>;

pub type List<T> = Vec<(T, Option<T>)>;
