//! Numbered things.

/// Things that keep their number as long as they are there. A number is used again, with another generation.
pub(super) struct Slots<T> {
    slots: Vec<Slot<T>>,
    free: Vec<u32>,
}

struct Slot<T> {
    generation: u32,
    content: Option<T>,
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Slots { slots: Vec::new(), free: Vec::new() }
    }
}

impl<T> Slots<T> {
    pub(super) fn insert(&mut self, content: T) -> u32 {
        if let Some(index) = self.free.pop() {
            self.slots[index as usize].content = Some(content);
            return index;
        }
        self.slots.push(Slot { generation: 0, content: Some(content) });
        u32::try_from(self.slots.len() - 1).expect("fewer than 2³²")
    }

    pub(super) fn remove(&mut self, index: u32) {
        let slot = &mut self.slots[index as usize];
        if slot.content.take().is_some() {
            slot.generation = slot.generation.wrapping_add(1);
            self.free.push(index);
        }
    }

    pub(super) fn get(&self, index: u32, generation: u32) -> Option<&T> {
        self.slots.get(index as usize).filter(|slot| slot.generation == generation)?.content.as_ref()
    }

    pub(super) fn generation(&self, index: u32) -> u32 {
        self.slots[index as usize].generation
    }

    /// What has this number, which must be one that [`insert`](Self::insert) returned and that was not removed.
    pub(super) fn at(&self, index: u32) -> &T {
        self.slots[index as usize].content.as_ref().expect("it was not removed")
    }

    pub(super) fn at_mut(&mut self, index: u32) -> &mut T {
        self.slots[index as usize].content.as_mut().expect("it was not removed")
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// All that are there, in no order that means something.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (0..).zip(&self.slots).filter_map(|(index, slot)| Some((index, slot.content.as_ref()?)))
    }

    /// The memory of its own.
    #[cfg(test)]
    pub(super) fn heap(&self) -> usize {
        self.slots.capacity() * size_of::<Slot<T>>() + self.free.capacity() * size_of::<u32>()
    }
}
