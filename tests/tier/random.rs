//! Numbers that look random and come back with their seed.

/// `SplitMix64`.
pub(crate) struct Random(u64);

impl Random {
    /// One stream of a seed; streams do not depend on each other, so a case can be repeated alone.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let mut seeded = Self(seed);
        let start = seeded.next();
        Self(start ^ stream.wrapping_mul(0xd134_2543_de82_ef95))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to less than this.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).unwrap();
        usize::try_from(self.next() % limit).unwrap()
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    /// One of these, by its weight, or nothing where the weights leave room up to 100.
    pub(crate) fn weighed<T: Clone>(&mut self, all: &[(usize, T)]) -> Option<T> {
        let mut left = self.below(100);
        for (weight, one) in all {
            match left.checked_sub(*weight) {
                Some(rest) => left = rest,
                None => return Some(one.clone()),
            }
        }
        None
    }
}
