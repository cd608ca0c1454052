//! Servers that know their users by keys.

use std::fs;
use std::path::Path;

use async_nats::ConnectOptions;
use data_encoding::BASE64URL_NOPAD;
use nkeys::KeyPair;
use serde_json::{Value, json};

use crate::common::{CREATE, assert_same, daemon};
use crate::servers::{self, Servers, runtime};

/// As `nsc` makes them.
fn token(issuer: &KeyPair, subject: &KeyPair, about: &Value) -> String {
    let header = json!({ "typ": "JWT", "alg": "ed25519-nkey" });
    let claims = json!({
        "jti": "test", "iat": 1_700_000_000, "name": "test", "iss": issuer.public_key(), "sub": subject.public_key(), "nats": about,
    });
    let signed = [header, claims].map(|part| BASE64URL_NOPAD.encode(part.to_string().as_bytes())).join(".");
    let signature = issuer.sign(signed.as_bytes()).expect("it signs");
    format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature))
}

fn account(issuer: &KeyPair, account: &KeyPair, storage: i64) -> String {
    let limits = json!({
        "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": true, "conn": -1, "leaf": -1,
        "mem_storage": storage, "disk_storage": storage, "streams": storage, "consumer": storage,
    });
    token(issuer, account, &json!({ "limits": limits, "type": "account", "version": 2 }))
}

fn credentials(account: &KeyPair) -> String {
    let user = KeyPair::new_user();
    let about = json!({ "pub": {}, "sub": {}, "subs": -1, "data": -1, "payload": -1, "type": "user", "version": 2 });
    let (token, seed) = (token(account, &user, &about), user.seed().expect("a seed"));
    format!(
        "-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n\
         -----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n"
    )
}

#[test]
fn a_file_of_credentials_opens_the_door() {
    let [operator, system, ours] = [KeyPair::new_operator(), KeyPair::new_account(), KeyPair::new_account()];
    let operator_token = token(&operator, &operator, &json!({ "type": "operator", "version": 2 }));
    let conf = format!(
        "operator: {operator_token}\nsystem_account: {}\nresolver: MEMORY\nresolver_preload: {{ {}: {}, {}: {} }}",
        system.public_key(),
        system.public_key(),
        account(&operator, &system, 0),
        ours.public_key(),
        account(&operator, &ours, -1),
    );
    let mut servers = Servers::new(1, &conf);
    servers.start(0);
    let place = tempfile::tempdir().expect("a temporary directory");
    let file = |name: &str, account: &KeyPair| {
        let path = place.path().join(name);
        fs::write(&path, credentials(account)).expect("a file");
        path
    };
    let (right, wrong) = (file("right.creds", &ours), file("wrong.creds", &KeyPair::new_account()));
    let runtime = runtime();
    let client =
        servers.client(&runtime, || ConnectOptions::with_credentials(&credentials(&ours)).expect("credentials"));

    let block = |file: &Path| format!("{}{CREATE}CredentialsFile {file:?}", servers.lines());
    let mut refused = daemon(&block(&wrong)).start();
    refused.wait_log("authorization violation", servers::PATIENCE);
    let mut daemon = daemon(&block(&right)).start();
    daemon.putval("h/p/gauge", "", "1700000000:1");
    let _ = daemon.wait_rows("h/p/gauge", 1);
    assert!(daemon.stop().success());
    assert_same(&daemon.csv_rows(), &runtime.block_on(servers::stored(&client)));
}
