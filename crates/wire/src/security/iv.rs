//! Initialisation vectors.

use core::fmt;

use super::section::IV_SIZE;

/// Vectors from the system's random source, of which it is asked for many at once: a call costs more
/// than encrypting a packet in a batch does.
pub(super) struct Vectors {
    block: [u8; 4096],
    /// So many bytes at its start were handed out.
    used: usize,
    #[cfg(feature = "std")]
    process: u32,
}

impl Vectors {
    pub(super) const fn new() -> Vectors {
        Vectors {
            block: [0; 4096],
            used: 4096,
            #[cfg(feature = "std")]
            process: 0,
        }
    }

    /// To be called before some vectors are taken. A child of a fork must not use those that its parent
    /// has too: two packets under one vector and key tell about each other.
    pub(super) fn begin(&mut self) {
        #[cfg(feature = "std")]
        {
            let process = std::process::id();
            if process != self.process {
                *self = Vectors { process, ..Vectors::new() };
            }
        }
    }

    pub(super) fn take(&mut self) -> Result<[u8; IV_SIZE], getrandom::Error> {
        if self.used == self.block.len() {
            getrandom::fill(&mut self.block)?;
            self.used = 0;
        }
        let mut vector = [0; IV_SIZE];
        vector.copy_from_slice(&self.block[self.used..self.used + IV_SIZE]);
        self.used += IV_SIZE;
        Ok(vector)
    }
}

impl fmt::Debug for Vectors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vectors").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;

    #[test]
    fn no_vector_comes_twice() {
        let mut vectors = Vectors::new();
        let mut seen = BTreeSet::new();
        for _ in 0..1000 {
            vectors.begin();
            assert!(seen.insert(vectors.take().unwrap()));
        }
        assert!(!seen.contains(&[0; IV_SIZE]));
    }
}
