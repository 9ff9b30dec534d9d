use super::*;

const DIFF_IDS: [&[u8]; 2] = [b"one", b"two"];

fn layers() -> Vec<HistoryEntry> {
    let entry = |(at, bytes): (usize, &&[u8])| HistoryEntry {
        diff_id: Digest::of(bytes),
        created_by: format!("layer {at}"),
        created: 1_700_000_000,
    };
    DIFF_IDS.iter().enumerate().map(entry).collect()
}

fn settings() -> ImageSettings {
    ImageSettings {
        platform: "linux/arm64/v8".parse().unwrap(),
        created: 1_700_000_000,
        ..ImageSettings::default()
    }
}

fn written(settings: &ImageSettings) -> String {
    let document = image_config(settings, &layers()).unwrap();
    assert_eq!(document.media_type, "application/vnd.oci.image.config.v1+json");
    assert_eq!(document.digest, Digest::of(&document.bytes));
    String::from_utf8(document.bytes).unwrap()
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn an_image_without_settings_has_a_search_path() {
    let [one, two] = DIFF_IDS.map(|bytes| Digest::of(bytes).to_string());
    let expected = format!(
        concat!(
            r#"{{"created":"2023-11-14T22:13:20Z","architecture":"arm64","variant":"v8","os":"linux","#,
            r#""config":{{"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]}},"#,
            r#""rootfs":{{"type":"layers","diff_ids":["{}","{}"]}},"#,
            r#""history":[{{"created":"2023-11-14T22:13:20Z","created_by":"layer 0"}},"#,
            r#"{{"created":"2023-11-14T22:13:20Z","created_by":"layer 1"}}]}}"#,
        ),
        one, two
    );
    assert_eq!(written(&settings()), expected);
}

#[test]
fn each_setting_is_in_its_member() {
    let settings = ImageSettings {
        environment: [("Z", "1"), ("PATH", "/bin"), ("A", "${X}=2")]
            .map(|(k, v)| (k.into(), v.into()))
            .into(),
        user: Some("65532:0".to_owned()),
        work_dir: Some("/data".to_owned()),
        entrypoint: Some(texts(&["/bin/app", "--flag"])),
        cmd: Some(Vec::new()),
        ports: ["4510-4512", "8080", "53/udp"].map(|port| port.parse().unwrap()).into(),
        volumes: texts(&["/data", "/cache"]).into_iter().collect(),
        stop_signal: Some("SIGQUIT".to_owned()),
        labels: BTreeMap::from([("own".to_owned(), "label".to_owned())]),
        ..settings()
    };
    let value: serde_json::Value = serde_json::from_str(&written(&settings)).unwrap();
    let expected = concat!(
        r#"{"User":"65532:0","#,
        r#""ExposedPorts":{"4510/tcp":{},"4511/tcp":{},"4512/tcp":{},"53/udp":{},"8080/tcp":{}},"#,
        r#""Env":["Z=1","PATH=/bin","A=${X}=2"],"Entrypoint":["/bin/app","--flag"],"Cmd":[],"#,
        r#""Volumes":{"/cache":{},"/data":{}},"WorkingDir":"/data","Labels":{"own":"label"},"#,
        r#""StopSignal":"SIGQUIT"}"#,
    );
    assert_eq!(value["config"].to_string(), expected);
}

#[test]
fn the_labels_of_a_hardened_image_have_their_names() {
    let hardened = HardenedLabels {
        name: "dhi/python".to_owned(),
        title: "Python 3.13.x".to_owned(),
        url: Some("https://images.example/python".to_owned()),
        version: Some("3.13.13-debian13".to_owned()),
        definition: Some("image/python/debian-13/3.13".to_owned()),
        distro: Some("debian-13".to_owned()),
        variant: "runtime".to_owned(),
        compliance: texts(&["fips", "stig", "cis"]),
        release_date: Some("2024-10-07".to_owned()),
        end_of_life: Some("2029-10-31".to_owned()),
        entitlement: Some("public".to_owned()),
        ..HardenedLabels::default()
    };
    // A label of the definition does not replace what is computed.
    let false_id = ("com.docker.dhi.chain-id".to_owned(), "sha256:0".to_owned());
    let settings =
        ImageSettings { hardened: Some(hardened), labels: BTreeMap::from([false_id]), ..settings() };
    let value: serde_json::Value = serde_json::from_str(&written(&settings)).unwrap();
    let labels: BTreeMap<String, String> = serde_json::from_value(value["config"]["Labels"].clone()).unwrap();
    let [one, two] = DIFF_IDS.map(Digest::of);
    let chain_id = Digest::of(format!("{one} {two}").as_bytes()).to_string();
    let expected = [
        ("chain-id", chain_id.as_str()),
        ("compliance", "fips,stig,cis"),
        ("created", "2023-11-14T22:13:20Z"),
        ("date.end-of-life", "2029-10-31"),
        ("date.release", "2024-10-07"),
        ("definition", "image/python/debian-13/3.13"),
        ("distro", "debian-13"),
        ("entitlement", "public"),
        ("flavor", ""),
        ("name", "dhi/python"),
        ("package-manager", ""),
        ("shell", ""),
        ("title", "Python 3.13.x"),
        ("url", "https://images.example/python"),
        ("variant", "runtime"),
        ("version", "3.13.13-debian13"),
    ];
    let expected = expected.map(|(name, value)| (format!("com.docker.dhi.{name}"), value.to_owned()));
    assert_eq!(labels.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn times_have_an_rfc_3339_form() {
    for (seconds, expected) in [
        (0, Ok("1970-01-01T00:00:00Z")),
        (-1, Ok("1969-12-31T23:59:59Z")),
        (FIRST_SECOND, Ok("0001-01-01T00:00:00Z")),
        (FIRST_SECOND - 1, Err(OutputError::Time(FIRST_SECOND - 1))),
        (i64::MAX, Err(OutputError::Time(i64::MAX))),
    ] {
        assert_eq!(rfc3339(seconds), expected.map(str::to_owned));
    }
}

#[test]
fn our_own_reader_finds_what_is_written() {
    let document =
        image_config(&ImageSettings { user: Some("app".to_owned()), ..settings() }, &layers()).unwrap();
    let read = crate::oci::ImageConfig::parse(&document.bytes).unwrap();
    assert_eq!(read.digest, document.digest);
    assert_eq!(read.platform, settings().platform);
    assert_eq!(read.user.as_deref(), Some("app"));
    assert_eq!(read.diff_ids, DIFF_IDS.map(Digest::of));
}
