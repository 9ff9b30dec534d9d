use super::*;

fn path(text: &str) -> TreePath {
    TreePath::parse(text).unwrap()
}

fn planned(name: &str, uid: u32, gid: u32) -> PlannedUser {
    PlannedUser { name: name.to_owned(), uid, gid }
}

fn named(name: &str, gid: u32, members: &[&str]) -> Group {
    Group { name: name.to_owned(), gid, members: members.iter().map(|&name| name.to_owned()).collect() }
}

fn tree(files: &[(&str, &str)]) -> Tree {
    let mut tree = Tree::new(1);
    let mut writer = TreeWriter::synthesized(&mut tree, "base", 1);
    for (name, text) in files {
        writer.file(&path(name), 0o644, (*text).into()).unwrap();
    }
    tree
}

fn text(tree: &Tree, name: &str) -> String {
    let content = tree.get(&path(name)).unwrap().content().unwrap();
    String::from_utf8(content.read_all().unwrap().to_vec()).unwrap()
}

fn write(tree: &mut Tree, plan: &AccountsPlan) -> Result<Vec<AccountRemark>, AccountsError> {
    write_accounts(tree, &[], plan, 7).map(|(_, remarks)| remarks)
}

const MASTERS: [(&str, &str); 2] = [
    (
        "/usr/share/base-passwd/passwd.master",
        "root:*:0:0:root:/root:/bin/bash\nwww-data:*:33:33:www-data:/var/www:/usr/sbin/nologin\n\
         _apt:*:42:65534::/nonexistent:/usr/sbin/nologin\n",
    ),
    ("/usr/share/base-passwd/group.master", "root:*:0:\nwww-data:*:33:\nnogroup:*:65534:\n"),
];

#[test]
fn without_packages_there_are_few_accounts() {
    let mut tree = tree(&[]);
    let plan = AccountsPlan {
        root: false,
        users: vec![planned("nonroot", 65532, 65532)],
        groups: vec![named("nonroot", 65532, &["nonroot"])],
    };
    assert_eq!(write(&mut tree, &plan), Ok(vec![]));
    assert_eq!(
        text(&tree, "etc/passwd"),
        "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n\
         nonroot:x:65532:65532::/home/nonroot:/usr/sbin/nologin\n"
    );
    assert_eq!(text(&tree, "etc/group"), "root:x:0:\nnogroup:x:65534:\nnonroot:x:65532:nonroot\n");
    assert_eq!(text(&tree, "etc/shadow"), "nobody:*::0:99999:7:::\nnonroot:*::0:99999:7:::\n");
    assert_eq!(text(&tree, "etc/gshadow"), "root:*::\nnogroup:*::\nnonroot:*::nonroot\n");
    let shadow = tree.get(&path("etc/shadow")).unwrap();
    assert_eq!((shadow.metadata.mode, shadow.metadata.uid, shadow.metadata.gid), (0o640, 0, 42));
    assert_eq!((shadow.metadata.mtime, &*shadow.origin), (7, &Origin::Accounts));
    assert!(tree.get(&path("home")).is_none());
}

#[test]
fn the_definition_wins_over_base_passwd() {
    let mut tree = tree(&[MASTERS[0], MASTERS[1], ("/bin/sh", "")]);
    let plan = AccountsPlan {
        root: true,
        users: vec![planned("_apt", 42, 65532), planned("web", 33, 33), planned("_apt", 42, 65532)],
        groups: vec![named("nonroot", 65532, &[]), named("www-data", 33, &["web"])],
    };
    assert_eq!(write(&mut tree, &plan), Ok(vec![]));
    assert_eq!(
        text(&tree, "etc/passwd"),
        "root:x:0:0:root:/root:/bin/sh\nweb:x:33:33::/home/web:/usr/sbin/nologin\n\
         www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n_apt:x:42:65532::/nonexistent:/usr/sbin/nologin\n"
    );
    assert_eq!(
        text(&tree, "etc/group"),
        "root:x:0:\nwww-data:x:33:web\nnogroup:x:65534:\nnonroot:x:65532:\n"
    );
}

#[test]
fn accounts_that_a_package_ships_stay() {
    let files = [
        ("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nguest:x:405:100:guest:/dev/null:/sbin/nologin\n"),
        ("/etc/group", "root:x:0:root\nusers:x:100:games\n"),
    ];
    let mut tree = tree(&files);
    write(&mut tree, &AccountsPlan::default()).unwrap();
    assert_eq!(text(&tree, "etc/passwd"), "guest:x:405:100:guest:/dev/null:/sbin/nologin\n");
    assert_eq!(text(&tree, "etc/group"), "root:x:0:root\nusers:x:100:games\n");
}

#[test]
fn every_user_has_one_line_in_shadow() {
    let mut tree = tree(&MASTERS);
    let plan = AccountsPlan {
        root: true,
        users: vec![planned("nonroot", 65532, 65532), planned("kafka", 1001, 0)],
        groups: vec![named("nonroot", 65532, &["nonroot"])],
    };
    assert_eq!(write(&mut tree, &plan), Ok(vec![]));
    let names = |file| -> Vec<String> {
        text(&tree, file).lines().filter_map(|line| line.split(':').next().map(str::to_owned)).collect()
    };
    assert_eq!(names("etc/passwd"), names("etc/shadow"));
    assert_eq!(names("etc/passwd"), ["root", "www-data", "_apt", "nonroot", "kafka"]);
}

#[test]
fn conflicts_and_wrong_names_are_errors() {
    let plan = |users: &[PlannedUser], groups: &[Group]| AccountsPlan {
        root: false,
        users: users.to_vec(),
        groups: groups.to_vec(),
    };
    let error = |plan| write(&mut tree(&[]), &plan).unwrap_err();
    let (first, second) = ("1:1".to_owned(), "1:2".to_owned());
    assert_eq!(
        error(plan(&[planned("a", 1, 1), planned("a", 1, 2)], &[])),
        AccountsError::User { name: "a".to_owned(), first, second }
    );
    let twice = plan(&[], &[named("g", 1, &[]), named("g", 1, &["a"])]);
    assert_eq!(error(twice), AccountsError::Group("g".to_owned()));
    assert_eq!(error(plan(&[planned("root", 5, 0)], &[])), AccountsError::Root(5));
    for name in ["", "a:b", "a\nb", "123", "-a", "a,b", "a/b", ".a", &"a".repeat(33)] {
        let wrong = AccountsError::Name(name.to_owned());
        assert_eq!(error(plan(&[planned(name, 1, 1)], &[])), wrong);
        assert_eq!(error(plan(&[], &[named("g", 1, &[name])])), wrong);
    }
}

#[test]
fn a_damaged_file_of_a_package_is_an_error() {
    let files = [("/etc/passwd", "a:x:1:1:::\nb:x:1\n"), ("/etc/group", "")];
    let error = write(&mut tree(&files), &AccountsPlan::default());
    assert_eq!(error, Err(AccountsError::Line { path: path("etc/passwd"), line: 2 }));
}

#[test]
fn missing_groups_and_members_are_reported_once() {
    let plan = AccountsPlan {
        root: false,
        users: vec![planned("_apt", 42, 65532), planned("_apt", 42, 65532)],
        groups: vec![named("x", 9, &["nonroot"])],
    };
    let (user, group, member) = ("_apt".to_owned(), "x".to_owned(), "nonroot".to_owned());
    assert_eq!(
        write(&mut tree(&[]), &plan),
        Ok(vec![AccountRemark::NoGroup { user, gid: 65532 }, AccountRemark::UnknownMember { group, member }])
    );
}

#[test]
fn an_implied_home_belongs_to_its_user() {
    let mut tree = tree(&[("/home/app/.config/x", ""), ("/home/web/y", "")]);
    let web = tree.get(&path("home/web")).unwrap().clone();
    tree.put(path("home/web"), Node { origin: Origin::Path(0).into(), ..web }).unwrap();
    let plan =
        AccountsPlan { users: vec![planned("app", 5, 6), planned("web", 7, 8)], ..AccountsPlan::default() };
    let (accounts, _) = write_accounts(&mut tree, &[], &plan, 0).unwrap();
    own_homes(&mut tree, &accounts, &plan).unwrap();
    let owner = |name| {
        let metadata = &tree.get(&path(name)).unwrap().metadata;
        (metadata.uid, metadata.gid)
    };
    assert_eq!((owner("home"), owner("home/app"), owner("home/app/.config")), ((0, 0), (5, 6), (0, 0)));
    assert_eq!(owner("home/web"), (0, 0));
}

#[test]
fn the_running_user_has_the_groups_of_its_entry() {
    let user = |name: &str, uid, gid| User {
        name: name.to_owned(),
        uid,
        gid,
        comment: String::new(),
        home: String::new(),
        shell: String::new(),
    };
    let accounts = Accounts {
        users: vec![user("app", 1000, 100)],
        groups: vec![
            named("z", 900, &["app"]),
            named("y", 30, &["other", "app"]),
            named("own", 100, &["app"]),
        ],
    };
    let found = |text| run_as(&accounts, text).unwrap();
    let whole = RunAs { user: "app".to_owned(), uid: 1000, gid: 100, groups: vec![30, 900], remark: None };
    assert_eq!(found("app"), whole);
    assert_eq!(found("1000"), RunAs { user: "1000".to_owned(), ..whole.clone() });
    let stated = RunAs { user: "app:y".to_owned(), gid: 30, groups: vec![], ..whole };
    assert_eq!(found("app:y"), stated);
    assert_eq!(found("app:31").gid, 31);
    let none = found("65532");
    assert_eq!((none.uid, none.gid), (65532, 0));
    assert_eq!(none.remark, Some(AccountRemark::NoUser { uid: 65532, gid: 0 }));
    assert_eq!(found("7:8").remark, Some(AccountRemark::NoUser { uid: 7, gid: 8 }));
    for text in ["", "nobody", "app:none", "app:", ":5", "99999999999"] {
        assert_eq!(run_as(&accounts, text), Err(AccountsError::Unknown(text.to_owned())));
    }
}
