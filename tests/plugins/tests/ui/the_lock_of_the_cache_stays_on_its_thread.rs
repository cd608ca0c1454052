use collectd::cache::Cache;

fn main() {
    let mut cache = Cache::new();
    let mut entries = cache.entries().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || entries.next().is_some());
    });
}
