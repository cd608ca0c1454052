use collectd::cache::{Cache, Entries};

fn lock<'e>() -> Entries<'e> {
    Cache::new().entries().unwrap()
}

fn main() {
    lock();
}
