//! Files for a container, as the tar archive that `docker cp -` reads.
//!
//! An archive and not a mount: the container's user is not ours, and an engine on another machine sees no folder here.
//! Source of the format: POSIX.1-1988, `ustar`.

/// Files of one folder, for the user 1000 alone.
#[derive(Debug, Default)]
pub(super) struct Archive(Vec<u8>);

const BLOCK: usize = 512;
/// The user of the official image, and the one that our containers run as.
const USER: &[u8] = b"0001750\0";

impl Archive {
    /// Adds a folder that only its owner enters; `path` has no slash in front.
    pub fn folder(&mut self, path: &str) {
        self.header(path, b"0000700\0", 0, b'5');
    }

    /// Adds a file that only its owner reads.
    pub fn file(&mut self, path: &str, content: &str) {
        self.header(path, b"0000600\0", content.len(), b'0');
        self.0.extend_from_slice(content.as_bytes());
        self.0.resize(self.0.len().next_multiple_of(BLOCK), 0);
    }

    /// The bytes, with the two empty blocks that end an archive.
    pub fn finish(mut self) -> Vec<u8> {
        self.0.resize(self.0.len() + 2 * BLOCK, 0);
        self.0
    }

    fn header(&mut self, path: &str, mode: &[u8], size: usize, kind: u8) {
        let mut block = [0_u8; BLOCK];
        let mut put = |at: usize, bytes: &[u8]| {
            for (place, byte) in block.iter_mut().skip(at).zip(bytes) {
                *place = *byte;
            }
        };
        put(0, path.as_bytes());
        put(100, mode);
        put(108, USER);
        put(116, USER);
        put(124, format!("{size:011o}\0").as_bytes());
        put(136, b"00000000000\0");
        put(148, b"        ");
        put(156, &[kind]);
        put(257, b"ustar\x0000");
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        let sum = format!("{sum:06o}\0 ");
        for (place, byte) in block.iter_mut().skip(148).zip(sum.bytes()) {
            *place = byte;
        }
        self.0.extend_from_slice(&block);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::process::{Command, Stdio};

    #[test]
    fn tar_reads_names_modes_and_owners() {
        let mut archive = Archive::default();
        archive.folder("etc/landfall/");
        archive.file("etc/landfall/server.properties", "a=b\n");
        let mut tar = Command::new("tar")
            .args(["--list", "--verbose", "--numeric-owner", "--file", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        tar.stdin.take().unwrap().write_all(&archive.finish()).unwrap();
        let output = tar.wait_with_output().unwrap();
        let listed = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success());
        assert!(listed.contains("drwx------ 1000/1000"), "{listed}");
        assert!(listed.contains("-rw------- 1000/1000"), "{listed}");
        assert!(listed.contains("etc/landfall/server.properties"), "{listed}");
    }
}
