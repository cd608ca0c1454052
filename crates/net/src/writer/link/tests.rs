use std::net::UdpSocket;

use super::deliver::is_about_the_packet;
use super::*;

const PATIENCE: Duration = Duration::from_secs(60);

fn socket() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

/// A link to a host with these addresses.
fn link(addresses: &[SocketAddr]) -> Link {
    let link = Link::new(Server::new("127.0.0.1:9").encrypt("u", "pw")).unwrap();
    Link { addresses: addresses.to_vec(), ..link }
}

fn packets() -> [Vec<u8>; 2] {
    [vec![1; 100], vec![2; 100]]
}

#[test]
fn where_nobody_listens_the_next_address_gets_the_packets() {
    let (dead, alive) = (socket().local_addr().unwrap(), socket());
    let mut link = link(&[dead, alive.local_addr().unwrap()]);
    // That nobody listens shows afterwards.
    link.send(&packets()[..1]).unwrap();
    assert_eq!(link.statistics.address, Some(dead));
    link.send(&packets()).unwrap();
    assert_eq!(link.statistics.address, Some(alive.local_addr().unwrap()));
    let mut bytes = [0; 1000];
    for _ in packets() {
        assert!(alive.recv(&mut bytes).unwrap() > 100);
    }
    assert_eq!((link.statistics.packets, link.statistics.refused, link.statistics.lost), (3, 1, 0));
    link.send(&packets()).unwrap();
    assert_eq!(link.statistics.packets, 5);
}

#[test]
fn that_nobody_listens_on_any_address_is_told() {
    let sockets = [socket(), socket()];
    let dead = sockets.map(|socket| socket.local_addr().unwrap());
    let mut link = link(&dead);
    let results: Vec<_> = (0..5).map(|_| link.send(&packets()).is_err()).collect();
    // It shows afterwards, and of one address after the other.
    assert_eq!(results, [false, false, true, true, true]);
    let Unsent { reason, left, .. } = link.send(&packets()).unwrap_err();
    assert!(matches!(reason, ServerReason::Refused(peer) if dead.contains(&peer)), "{reason:?}");
    assert_eq!(left, 0);

    let _alive = UdpSocket::bind(dead[0]).unwrap();
    let results: Vec<_> = (0..5).map(|_| link.send(&packets()).is_err()).collect();
    assert_eq!(results[2..], [false; 3], "{results:?}");
    assert_eq!(link.statistics.address, Some(dead[0]));
}

/// A daemon that starts anew now and then is not away for good.
#[test]
fn refusals_with_success_between_them_do_not_add_up() {
    let alive = socket();
    let alive_addr = alive.local_addr().unwrap();
    let mut link = link(&[alive_addr, socket().local_addr().unwrap()]);
    for _ in 0..3 {
        (link.sender, link.next) = (None, 1);
        // To the dead one; again, which shows that it is, so to the other one; to that.
        (0..3).for_each(|_| link.send(&packets()).unwrap());
        assert_eq!((link.statistics.address, link.refused_in_row), (Some(alive_addr), 0));
    }
}

#[test]
fn an_address_that_cannot_be_sent_to_is_passed_over() {
    let alive = socket();
    let nowhere = SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], 0));
    let mut link = link(&[nowhere, alive.local_addr().unwrap()]);
    link.send(&packets()).unwrap();
    assert_eq!(link.statistics.address, Some(alive.local_addr().unwrap()));

    link.sender = None;
    link.addresses = vec![nowhere, nowhere];
    let Unsent { reason, left, .. } = link.send(&packets()).unwrap_err();
    assert!(matches!(reason, ServerReason::Open(_)), "{reason:?}");
    assert_eq!((left, link.addresses.len()), (2, 0));
    let Unsent { reason, left, .. } = link.send(&packets()).unwrap_err();
    assert!(matches!(reason, ServerReason::Waiting(_)), "{reason:?}");
    assert_eq!((left, link.statistics.lost), (2, 0));
}

#[test]
fn where_packets_come_from_is_told_before_they_do() {
    let (dead, alive) = (socket().local_addr().unwrap(), socket());
    let (tell, told) = std::sync::mpsc::channel();
    let mut link = link(&[dead, alive.local_addr().unwrap()]).tell_opened(move |local| tell.send(local).unwrap());
    assert!(told.try_recv().is_err());
    link.send(&packets()[..1]).unwrap();
    let first = told.try_recv().unwrap();
    link.send(&packets()).unwrap();
    let second = told.try_recv().unwrap();
    assert_ne!(first, second, "each address has a socket of its own");
    assert_eq!(alive.recv_from(&mut [0; 1000]).unwrap().1, second);
    link.send(&packets()).unwrap();
    assert!(told.try_recv().is_err(), "it is the same socket");
}

#[test]
fn rests_get_longer_and_end() {
    let mut link = link(&[]);
    let pauses: Vec<_> = (0..7)
        .map(|_| {
            let _ = link.rest(ServerReason::Refused(([127, 0, 0, 1], 9).into()), 0);
            link.resting.as_ref().unwrap().until.saturating_duration_since(Instant::now()).as_secs_f64().round()
        })
        .collect();
    assert_eq!(pauses[1..], [1.0, 2.0, 4.0, 8.0, 10.0, 10.0]);
    // Then the name is looked up again.
    let receiver = socket();
    link.endpoint = receiver.local_addr().unwrap().into();
    link.resting.as_mut().unwrap().until = Instant::now();
    link.send(&packets()).unwrap();
    assert_eq!((link.addresses.len(), link.resting.is_none(), link.pause), (1, true, FIRST_PAUSE));
}

#[test]
fn a_packet_that_is_too_long_for_the_network_does_not_stop_the_others() {
    let receiver = socket();
    let mut link = link(&[receiver.local_addr().unwrap()]);
    let [first, last] = packets();
    let Unsent { reason, unfit, left } = link.send(&[first, vec![0; 65_480], last]).unwrap_err();
    assert!(matches!(&reason, ServerReason::Send(error) if is_about_the_packet(error)), "{reason:?}");
    assert_eq!((unfit, left, link.statistics.packets, link.statistics.lost), (1, 0, 2, 1));
    assert!(link.resting.is_none() && link.sender.is_some());
}

#[test]
fn a_name_that_moved_is_followed_when_it_is_time() {
    let (old, new) = (socket(), socket());
    let mut link = link(&[old.local_addr().unwrap()]);
    link.send(&packets()).unwrap();
    link.endpoint = new.local_addr().unwrap().into();
    link.send(&packets()).unwrap();
    assert_eq!(link.statistics.address, Some(old.local_addr().unwrap()));
    link.resolve_interval = Some(Duration::ZERO);
    link.send(&packets()).unwrap();
    assert_eq!(link.statistics.address, Some(new.local_addr().unwrap()));
    // If the name cannot be looked up any more, the address stays.
    link.endpoint = "host.invalid".parse().unwrap();
    link.send(&packets()).unwrap();
    assert_eq!(link.statistics.address, Some(new.local_addr().unwrap()));
}

#[test]
fn packets_come_from_the_address_that_the_route_gives() {
    let receiver = socket();
    let peer = receiver.local_addr().unwrap();
    let mut link = link(&[peer]);
    // As one that was opened when there was another route.
    let bind = Some(SocketAddr::from(([127, 0, 0, 2], 0)));
    let elsewhere = SendOptions { bind, ..SendOptions::default() };
    let from = |link: &mut Link| {
        let mut bytes = [0; 1000];
        link.source_seen = None;
        link.send(&packets()[..1]).unwrap();
        receiver.recv_from(&mut bytes).unwrap().1
    };
    let first = from(&mut link);
    assert_eq!(from(&mut link), first, "nothing has changed");
    link.sender = Some(Sender::connect(peer, &elsewhere).unwrap());
    assert_eq!(from(&mut link).ip(), first.ip());
    // Where it was asked for, it is nobody else's choice.
    link.options = elsewhere.clone();
    link.sender = Some(Sender::connect(peer, &elsewhere).unwrap());
    assert_eq!(from(&mut link).ip().to_string(), "127.0.0.2");
}
