use collectd::cache::Cache;

fn main() {
    let mut cache = Cache::new();
    let mut entries = cache.entries().unwrap();
    let first = entries.next().unwrap();
    entries.next();
    println!("{}", first.name());
}
