//! On the way from the write callback to the packet nothing is allocated per value list.
//!
//! Alone in its program, for it counts what the whole process allocates.

use collectd_test_allocations::allocations;
use collectd_test_daemon::{UdpSink, wait_until};
use collectd_test_host::Host;

/// Runs the command, and counts allocations until a flush has brought everything to the sink.
fn count(host: &Host, sink: &UdpSink, command: &str, lists: usize) -> usize {
    let before = allocations();
    let events = host.run(command);
    let allocations = allocations() - before;
    let wanted = [("callback", "write"), ("failures", "0")];
    assert!(events.iter().any(|event| event.is("returned", &wanted)), "{events:#?}");
    host.run("flush");
    wait_until("all value lists", std::time::Duration::from_secs(30), || {
        let packets = sink.packets();
        let items = packets.iter().flat_map(|packet| collectd_wire::decode(packet));
        (items.filter(Result::is_ok).count() == lists).then_some(())
    });
    allocations
}

#[test]
fn nothing_is_allocated_per_value_list() {
    let host = Host::lock();
    rust_network::module_register();
    let sink = UdpSink::bind();
    let block = format!("Server \"127.0.0.1\" \"{}\"\nLinger 3600\nMaxPacketSize 1024", sink.port());
    host.run(&format!("config\n<Plugin rust_network>\n{block}\n</Plugin>"));
    host.run("init");
    let mut sent = 0;
    for list in [
        "h/p-i/gauge-x 1500000000 10 42.5",
        "h/p-i/load 1500000000 10 0.5,0.4,0.3",
        // With meta data to look into.
        "h/p-i/gauge-y 1500000000 10 42.5 meta:key=s:text meta:other=b:true",
        // Without host and time, which have to be filled in.
        "h/p-i/gauge-z 0 10 42.5 host=\"\"",
    ] {
        let mut run = |repeat: usize| {
            sent += repeat;
            let packets = sink.count();
            let allocations = count(&host, &sink, &format!("write {list} repeat={repeat}"), sent);
            (allocations, sink.count() - packets)
        };
        let (alone, _) = run(1);
        let (allocations, packets) = run(10_000);
        println!("{list}: {allocations} allocations, {alone} with one value list; {packets} packets");
        assert!(packets < 1000, "{list}: {packets} packets");
        // Each packet is one, and so is what the server's and the sink's threads do with it.
        assert!(allocations <= alone + 3 * packets + 100, "{list}: {allocations} allocations, {packets} packets");
    }
    host.run("shutdown");
}
