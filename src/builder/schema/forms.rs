//! The forms of texts. The reader decides more exactly; a form accepts everything that the reader accepts.

use super::shape::Form;

pub(super) const FORMS: [&Form; 11] =
    [&MODE, &PACKAGE, &PORT, &DATE, &TAG, &CHECKSUM, &REPOSITORY, &SOURCE, &WEB_URL, &IMAGE, &SIGNAL];

pub(super) const MODE: Form =
    Form { name: "mode", pattern: "^(0?[0-7]{4}|[0-7]{3})$", examples: &["0755", "0644", "1777"] };

pub(super) const PACKAGE: Form = Form {
    name: "package",
    pattern: r"^!?[A-Za-z0-9_.][A-Za-z0-9+._:/-]*([=~][A-Za-z0-9][A-Za-z0-9+._:~-]*)?$",
    examples: &["tzdata", "redis=6:8.2.1-1", "openssl-dev~3", "!mawk"],
};

pub(super) const PORT: Form = Form {
    name: "port",
    pattern: "^[0-9]{1,5}(-[0-9]{1,5})?(/(tcp|udp|sctp))?$",
    examples: &["8080/tcp", "53/udp", "4510-4559"],
};

pub(super) const DATE: Form =
    Form { name: "date", pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", examples: &["2026-05-11"] };

pub(super) const TAG: Form =
    Form { name: "tag", pattern: "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$", examples: &["8", "8.2.1-debian13"] };

pub(super) const CHECKSUM: Form = Form {
    name: "checksum",
    pattern: r"^(sha256:[0-9a-f]{64}|[0-9a-f]{40}|https?://\S+)$",
    examples: &["sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
};

pub(super) const REPOSITORY: Form = Form {
    name: "repository",
    pattern: r"^(https?://\S+|deb\s+\S.*)$",
    examples: &[
        "https://dhi.io/apk/alpine/v3.23/main",
        "deb [signed-by=/usr/share/keyrings/dhi-deb-main.gpg] http://dhi.io/deb/debian/main trixie main",
    ],
};

pub(super) const SOURCE: Form = Form {
    name: "source",
    pattern: r"^(https?://\S+|git\+https?://[^\s#]+#\S+)$",
    examples: &["https://example.com/api-1.0.tar.gz", "git+https://git.example.com/api.git#v1.0"],
};

pub(super) const WEB_URL: Form = Form {
    name: "url",
    pattern: r"^https?://\S+$",
    examples: &["https://dhi.io/keyring/dhi-deb-gpg.D46852F6925E9F71.key"],
};

pub(super) const SIGNAL: Form = Form {
    name: "signal",
    pattern: "^[A-Za-z0-9][A-Za-z0-9+-]*$",
    examples: &["SIGTERM", "SIGRTMIN+3", "15"],
};

pub(super) const IMAGE: Form = Form {
    name: "image",
    pattern: r"^[^\s/]\S*$",
    examples: &[
        "dhi.io/golang:1.26-debian13@sha256:d8afdcc9f824f5f79867c3a3294b6d249ab193a6da38bb0f9acebd47adde3d78",
    ],
};
