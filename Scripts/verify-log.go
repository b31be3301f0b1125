// Verifies exported logs with Go's own implementation of signed notes and of Merkle trees, which shares nothing with ours:
// the signature of the checkpoint, every tile against the root, every entry against its tile, proofs of inclusion and of
// growth. It prints a line for each folder and exits with 1 at the first that is wrong.
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run verify-log.go FOLDER...
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A folder is read as C2SP tlog-tiles lays it out: Go's paths with the height of tiles, 8, left out.
type folder string

func (f folder) Height() int { return 8 }

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		bytes, err := os.ReadFile(filepath.Join(string(f), path))
		if err != nil {
			return nil, err
		}
		all = append(all, bytes)
	}
	return all, nil
}

func (f folder) SaveTiles(tiles []tlog.Tile, data [][]byte) {}

// The entries of the bundle over a tile of level 0.
func (f folder) bundle(tile tlog.Tile) ([][]byte, error) {
	path := strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)
	rest, err := os.ReadFile(filepath.Join(string(f), path))
	if err != nil {
		return nil, err
	}
	var entries [][]byte
	for len(rest) > 0 {
		if len(rest) < 2 || len(rest) < 2+int(binary.BigEndian.Uint16(rest)) {
			return nil, fmt.Errorf("%s ends within an entry", path)
		}
		length := int(binary.BigEndian.Uint16(rest))
		entries = append(entries, rest[2:2+length])
		rest = rest[2+length:]
	}
	if len(entries) != tile.W {
		return nil, fmt.Errorf("%s has %d entries, not %d", path, len(entries), tile.W)
	}
	return entries, nil
}

func (f folder) tree() (tlog.Tree, error) {
	vkey, err := os.ReadFile(filepath.Join(string(f), "vkey"))
	if err != nil {
		return tlog.Tree{}, err
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(string(vkey)))
	if err != nil {
		return tlog.Tree{}, err
	}
	text, err := os.ReadFile(filepath.Join(string(f), "checkpoint"))
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("the origin %q is not the name of the key", lines[0])
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

func (f folder) verify() (int64, error) {
	tree, err := f.tree()
	if err != nil {
		return 0, err
	}
	// This reader checks every tile that it reads against the root.
	hashes := tlog.TileHashReader(tree, f)
	for start := int64(0); start < tree.N; start += 256 {
		tile := tlog.Tile{H: 8, L: 0, N: start / 256, W: 256}
		if tree.N-start < 256 {
			tile.W = int(tree.N - start)
		}
		entries, err := f.bundle(tile)
		if err != nil {
			return 0, err
		}
		var indexes []int64
		for i := range entries {
			indexes = append(indexes, tlog.StoredHashIndex(0, start+int64(i)))
		}
		leaves, err := hashes.ReadHashes(indexes)
		if err != nil {
			return 0, err
		}
		for i, entry := range entries {
			if tlog.RecordHash(entry) != leaves[i] {
				return 0, fmt.Errorf("entry %d does not hash to its leaf", start+int64(i))
			}
		}
		// One entry of each tile, and the growth from its first.
		proof, err := tlog.ProveRecord(tree.N, start, hashes)
		if err != nil {
			return 0, err
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, start, leaves[0]); err != nil {
			return 0, err
		}
		older, err := tlog.TreeHash(start+1, hashes)
		if err != nil {
			return 0, err
		}
		growth, err := tlog.ProveTree(tree.N, start+1, hashes)
		if err != nil {
			return 0, err
		}
		if err := tlog.CheckTree(growth, tree.N, tree.Hash, start+1, older); err != nil {
			return 0, err
		}
	}
	return tree.N, nil
}

func main() {
	for _, path := range os.Args[1:] {
		size, err := folder(path).verify()
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", path, err)
			os.Exit(1)
		}
		fmt.Printf("%d %s\n", size, path)
	}
}
