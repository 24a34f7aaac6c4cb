//! Against a real registry server: what is published comes back, and what is wrong has its error.

mod server;

use std::net::{Ipv4Addr, TcpListener};

use ed25519_dalek::SigningKey;
use jiff::Timestamp;
use oci_client::client::{Client, ClientConfig, ClientProtocol, Config, ImageLayer};
use oci_client::manifest::OciImageManifest;
use oci_client::secrets::RegistryAuth;
use posthouse_registry::oci::{self, Login, Oci, OciError};
use posthouse_registry::package::SECTION;
use posthouse_registry::signed::public_of;
use posthouse_registry::store::{Seal, Store, StoreError};
use posthouse_registry::{BadIndex, Package, Policy, Ring, Signed, Statement};
use secrecy::SecretString;
use serde_json::Value;
use server::{Server, USER};
use wasm_encoder::{Component, CustomSection};

fn package(id: &str, version: &str, name: &str) -> Package {
    let manifest = format!(
        "id = '{id}'\nversion = '{version}'\ncontract = '0.1.0'\ntier = 'A'\nevidence = 'invented'\ninterfaces = ['tracking']\n\
         numbers = ['[0-9]{{10}}']\nnames = {{ zh = '{name}', en = 'Acme' }}\nendpoints = {{ track = 'https://acme.example/track' }}\n"
    );
    let mut component = Component::new();
    component.section(&CustomSection { name: SECTION.into(), data: manifest.as_bytes().into() });
    Package::open(component.finish()).unwrap()
}

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn signed(package: &Package) -> Signed {
    let mut signed = Signed::new(Statement::of(package, Ring::Stable, Timestamp::UNIX_EPOCH).text());
    signed.sign(Statement::CONTEXT, &key());
    signed
}

fn now() -> Timestamp {
    "2026-02-01T00:00:00Z".parse().unwrap()
}

fn seal(key: &SigningKey) -> Seal<'_> {
    Seal { by: Some(key), policy: None, days: 30, now: now() }
}

fn store(server: &Server) -> Store {
    Store::open(&format!("oci+http://{}/post/adapters", server.host), None).unwrap()
}

fn registry(server: &Server, login: Option<(&str, &str)>) -> Oci {
    let login = login.map(|(user, password)| Login { user: user.into(), password: SecretString::from(password) });
    Oci::open(&format!("oci+http://{}/post/adapters", server.host), login).unwrap()
}

fn client() -> Client {
    Client::new(ClientConfig { protocol: ClientProtocol::Http, ..ClientConfig::default() })
}

#[tokio::test]
async fn what_is_published_comes_back_with_its_signatures() {
    let server = Server::start(false);
    let (store, key) = (store(&server), key());
    assert_eq!(store.index(None, None, now()).await.unwrap().releases, []);
    let (first, second) = (package("acme", "1.0.0", "快易"), package("acme", "1.0.1", "快易"));
    store.publish(&first, Some(&signed(&first)), seal(&key)).await.unwrap();
    store.publish(&second, None, seal(&key)).await.unwrap();
    let index = store.index(None, None, now()).await.unwrap();
    assert_eq!((index.serial, index.releases.len()), (2, 2));
    let newest = store.pull(&index, "acme", None).await.unwrap();
    assert_eq!((newest.package.bytes, newest.signatures), (second.bytes.clone(), None));
    // Signatures may come later, and be more.
    let mut both = signed(&second);
    both.sign(Statement::CONTEXT, &SigningKey::from_bytes(&[8; 32]));
    for signatures in [signed(&second), both] {
        store.publish(&second, Some(&signatures), seal(&key)).await.unwrap();
        let pulled = store.pull(&index, "acme", Some("1.0.1")).await.unwrap();
        assert_eq!(Signed::parse(&pulled.signatures.unwrap()).unwrap(), signatures);
    }
    let other = package("acme", "1.0.1", "快慢");
    let taken = store.publish(&other, None, seal(&key)).await.unwrap_err();
    assert!(matches!(&taken, StoreError::Taken { there, .. } if *there == second.digest.to_string()), "{taken}");
    let taken = registry(&server, None).publish(&other, None).await.unwrap_err();
    assert!(matches!(taken, OciError::Taken { .. }), "{taken}");
    // Yanked: nobody begins to use it, whoever names it has it.
    store.yank("acme", "1.0.1", "slower", seal(&key)).await.unwrap();
    let index = store.index(None, Some(&index), now()).await.unwrap();
    assert_eq!(store.pull(&index, "acme", None).await.unwrap().package.bytes, first.bytes);
    assert_eq!(store.pull(&index, "acme", Some("1.0.1")).await.unwrap().package.bytes, second.bytes);
    store.yank("acme", "1.0.0", "wrong", seal(&key)).await.unwrap();
    let index = store.index(None, Some(&index), now()).await.unwrap();
    let yanked = store.pull(&index, "acme", None).await.unwrap_err().to_string();
    assert!(yanked.contains("was taken back: slower"), "{yanked}");
}

#[tokio::test]
async fn the_list_is_signed_and_does_not_go_back() {
    let server = Server::start(false);
    let (store, key) = (store(&server), key());
    let policy = Policy::parse(&format!("keys.ann = '{}'\nindex = {{ need = 1, of = ['ann'] }}", public_of(&key))).unwrap();
    let registry = registry(&server, None);
    store.publish(&package("acme", "1.0.0", "快易"), None, seal(&key)).await.unwrap();
    let old = registry.index().await.unwrap().unwrap();
    store.publish(&package("acme", "1.0.1", "快易"), None, seal(&key)).await.unwrap();
    let seen = store.index(Some(&policy), None, now()).await.unwrap();
    registry.put_index(&old).await.unwrap();
    let refused = store.index(Some(&policy), Some(&seen), now()).await.unwrap_err();
    assert!(matches!(refused, StoreError::Index(BadIndex::Old { found: 1, seen: 2 })), "{refused}");
    let later: Timestamp = "2026-04-01T00:00:00Z".parse().unwrap();
    let ended = store.index(Some(&policy), None, later).await.unwrap_err();
    assert!(matches!(ended, StoreError::Index(BadIndex::Ended { .. })), "{ended}");
    store.renew(Seal { by: Some(&key), policy: Some(&policy), days: 30, now: later }).await.unwrap();
    assert!(store.index(Some(&policy), None, later).await.is_ok());
    store.renew(Seal { by: None, policy: None, days: 30, now: later }).await.unwrap();
    let unsigned = store.index(Some(&policy), None, later).await.unwrap_err();
    assert!(matches!(unsigned, StoreError::Index(BadIndex::Untrusted(_))), "{unsigned}");
    // Nor is it signed anew by one who asks the policy.
    let forged = store.renew(Seal { by: Some(&key), policy: Some(&policy), days: 30, now: later }).await.unwrap_err();
    assert!(matches!(forged, StoreError::Index(BadIndex::Untrusted(_))), "{forged}");
    let empty = Store::open(&format!("oci+http://{}/elsewhere", server.host), None).unwrap();
    let gone = empty.index(Some(&policy), Some(&seen), later).await.unwrap_err();
    assert!(matches!(gone, StoreError::Index(BadIndex::Old { found: 0, seen: 2 })), "{gone}");
}

#[tokio::test]
async fn a_release_is_a_wasm_artifact_of_one_layer() {
    let server = Server::start(false);
    let acme = package("acme", "1.0.0", "快易");
    registry(&server, None).publish(&acme, Some(&signed(&acme).text())).await.unwrap();
    let at = format!("{}/post/adapters/acme", server.host);
    let (manifest, _, config) =
        client().pull_manifest_and_config(&format!("{at}:1.0.0").parse().unwrap(), &RegistryAuth::Anonymous).await.unwrap();
    assert_eq!(manifest.media_type.as_deref(), Some("application/vnd.oci.image.manifest.v1+json"));
    assert_eq!(manifest.config.media_type, "application/vnd.wasm.config.v0+json");
    let layers: Vec<_> = manifest.layers.iter().map(|layer| (layer.media_type.as_str(), layer.digest.clone())).collect();
    assert_eq!(layers, [("application/wasm", format!("sha256:{}", acme.digest))]);
    let config: Value = serde_json::from_str(&config).unwrap();
    assert_eq!((&config["architecture"], &config["os"]), (&"wasm".into(), &"wasip2".into()));
    assert_eq!(config["layerDigests"][0], format!("sha256:{}", acme.digest));
    assert!(config["created"].is_string() && config["component"]["exports"].is_array(), "{config}");
    // What a tool that knows wasm artifacts asks for: one layer of this type and nothing else.
    let pulled = client().pull(&format!("{at}:1.0.0").parse().unwrap(), &RegistryAuth::Anonymous, vec!["application/wasm"]).await.unwrap();
    assert_eq!((pulled.layers.len(), pulled.layers[0].data.to_vec()), (1, acme.bytes));
    let (beside, _) = client().pull_image_manifest(&format!("{at}:1.0.0.sig").parse().unwrap(), &RegistryAuth::Anonymous).await.unwrap();
    assert_eq!(beside.artifact_type.as_deref(), Some(oci::SIGNATURES));
    assert_eq!(beside.subject.unwrap().digest, pulled.digest.unwrap());
}

#[tokio::test]
async fn who_may_not_is_told_what_to_set_and_the_password_is_nowhere() {
    let server = Server::start(true);
    let acme = package("acme", "1.0.0", "快易");
    registry(&server, Some(USER)).publish(&acme, None).await.unwrap();
    for login in [None, Some(("ann", "a-wrong-password")), Some(("eve", USER.1))] {
        let registry = registry(&server, login);
        let words = [
            registry.publish(&acme, None).await.unwrap_err(),
            registry.pull("acme", "1.0.0").await.map(drop).unwrap_err(),
            registry.index().await.map(drop).unwrap_err(),
        ];
        for why in words {
            assert!(matches!(why, OciError::Refused { .. }) && why.to_string().contains("adapters.login"), "{why:?}");
            assert!(!format!("{why:?}{why}").contains("password\""), "{why:?}");
            assert!(login.is_none_or(|(_, password)| !format!("{why:?}{why}").contains(password)), "{why:?}");
        }
    }
}

#[tokio::test]
async fn each_thing_that_can_be_wrong_has_its_error() {
    let server = Server::start(false);
    let registry = registry(&server, None);
    let acme = package("acme", "1.0.0", "快易");
    registry.publish(&acme, None).await.unwrap();
    for (id, version) in [("acme", "9.9.9"), ("nobody", "1.0.0"), ("../acme", "1.0.0"), ("acme", "1.0.0/..")] {
        let absent = registry.pull(id, version).await.map(drop).unwrap_err();
        assert!(matches!(absent, OciError::Absent { .. }), "{id} {version}: {absent}");
    }
    // Somebody's image under an adapter's name.
    let at = format!("{}/post/adapters/acme:2.0.0", server.host).parse().unwrap();
    let layers = [ImageLayer::new(b"not ours".to_vec(), "application/vnd.oci.image.layer.v1.tar".into(), None)];
    let config = Config::new(b"{}".to_vec(), "application/vnd.oci.image.config.v1+json".into(), None);
    let manifest = OciImageManifest::build(&layers, &config, None);
    client().push(&at, &layers, config, &RegistryAuth::Anonymous, Some(manifest)).await.unwrap();
    let not_ours = registry.pull("acme", "2.0.0").await.map(drop).unwrap_err();
    assert!(matches!(not_ours, OciError::NotOurs { .. }), "{not_ours}");
    // Bytes that were changed on the registry's disk.
    let blob = server.blob(&acme.digest.to_string());
    let bytes = std::fs::read(&blob).unwrap();
    let mut flipped = bytes.clone();
    flipped[0] ^= 1;
    for spoilt in [flipped, bytes[..bytes.len() - 1].to_vec(), [bytes.clone(), vec![0]].concat()] {
        std::fs::write(&blob, spoilt).unwrap();
        let mismatch = registry.pull("acme", "1.0.0").await.map(drop).unwrap_err();
        assert!(matches!(mismatch, OciError::Mismatch { .. }), "{mismatch}");
    }
    let mut server = server;
    server.stop();
    let unreachable = registry.pull("acme", "1.0.0").await.map(drop).unwrap_err();
    assert!(matches!(unreachable, OciError::Unreachable { .. }), "{unreachable:?}");
    for address in ["http://somewhere/adapters", "oci://", "oci://somewhere", "oci:///adapters", "oci://some where/adapters"] {
        assert!(matches!(Oci::open(address, None).map(drop), Err(OciError::Address(_))), "{address}");
    }
    let told = Oci::open("oci://ann:an-invented-password@somewhere/adapters", None).map(drop).unwrap_err();
    assert!(!format!("{told:?}{told}").contains(USER.1), "{told:?}");
    for address in ["oci://somewhere.example/adapters", "oci+http://127.0.0.1:5000/adapters"] {
        assert_eq!(Oci::open(address, None).unwrap().to_string(), address);
    }
    let login = Login { user: "ann".into(), password: SecretString::from("an-invented-password") };
    let plain = Oci::open("oci+http://registry.example/adapters", Some(login)).map(drop).unwrap_err();
    assert!(matches!(plain, OciError::Plain { .. }), "{plain}");
    let nobody = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let gone = Oci::open(&format!("oci+http://{nobody}/adapters"), None).unwrap();
    assert!(matches!(gone.index().await, Err(OciError::Unreachable { .. })));
}
