//! A program in a pseudo-terminal.

use std::fs::File;
use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// A program whose standard output and standard error are a terminal.
pub(crate) struct Terminal {
    screen: File,
    child: Child,
    /// All bytes that were written to the terminal.
    pub(crate) shown: String,
}

impl Terminal {
    pub(crate) fn start(command: Command) -> Self {
        Self::of_width(80, command)
    }

    /// A terminal with this number of columns.
    pub(crate) fn of_width(columns: u16, mut command: Command) -> Self {
        let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&screen).unwrap();
        unlockpt(&screen).unwrap();
        let name = ptsname(&screen, Vec::new()).unwrap().into_string().unwrap();
        let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&screen, size).unwrap();
        let line = File::options().read(true).write(true).open(name).unwrap();
        command.stdin(Stdio::null()).stdout(line.try_clone().unwrap()).stderr(line);
        let child = command.spawn().unwrap();
        Self { screen: File::from(screen), child, shown: String::new() }
    }

    /// Reads until the terminal shows `text`.
    pub(crate) fn wait_for(&mut self, text: &str) {
        while !self.shown.contains(text) {
            assert!(self.read(), "`{text}` is missing in: {:?}", self.shown);
        }
    }

    /// Sends SIGINT to the program, as Ctrl-C does.
    pub(crate) fn interrupt(&self) {
        kill_process(Pid::from_child(&self.child), Signal::INT).unwrap();
    }

    /// Waits for the end of the program.
    pub(crate) fn end(mut self) -> (ExitStatus, String) {
        while self.read() {}
        (self.child.wait().unwrap(), self.shown)
    }

    /// Reads what is there, or waits for something. Returns whether there may be more.
    fn read(&mut self) -> bool {
        let mut bytes = [0; 4096];
        // After the program has closed the terminal, reading is an error on Linux.
        let count = self.screen.read(&mut bytes).unwrap_or(0);
        self.shown.push_str(&String::from_utf8_lossy(&bytes[..count]));
        count > 0
    }
}
