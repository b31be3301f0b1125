import Foundation

/// What whisper-cli prints by `-ojf -of -`, after `output_json` of its examples/cli/cli.cpp.
enum RecordedWhisper {
    /// The bytes. Tokens are bytes, too: the euro sign of the second segment comes in two of them. And only quotes and
    /// backslashes are escaped.
    static let answer: [UInt8] = {
        var bytes = Array(text.utf8)
        for (name, byte) in [("<E2>", 0xE2), ("<82>", 0x82), ("<AC>", 0xAC), ("<BS>", 0x08)] as [(String, UInt8)] {
            while let place = bytes.firstRange(of: Array(name.utf8)) { bytes.replaceSubrange(place, with: [byte]) }
        }
        return bytes
    }()

    private static let text = #"""
        {
        	"systeminfo": "WHISPER : COREML = 0 | OPENVINO = 0 | CPU : SSE3 = 1 | AVX2 = 1 | OPENMP = 1 | ",
        	"model": {
        		"type": "small",
        		"multilingual": true,
        		"vocab": 51865,
        		"audio": {
        			"ctx": 1500,
        			"state": 768,
        			"head": 12,
        			"layer": 12
        		},
        		"text": {
        			"ctx": 448,
        			"state": 768,
        			"head": 12,
        			"layer": 12
        		},
        		"mels": 80,
        		"ftype": 1
        	},
        	"params": {
        		"model": "models/ggml-small.bin",
        		"language": "auto",
        		"translate": false
        	},
        	"result": {
        		"language": "id"
        	},
        	"transcription": [
        		{
        			"timestamps": {
        				"from": "00:00:00,000",
        				"to": "00:00:02,560"
        			},
        			"offsets": {
        				"from": 0,
        				"to": 2560
        			},
        			"text": " Rapat dibuka, \"pukul\" sembilan.",
        			"tokens": [
        				{
        					"text": "[_BEG_]",
        					"timestamps": {
        						"from": "00:00:00,000",
        						"to": "00:00:00,000"
        					},
        					"offsets": {
        						"from": 0,
        						"to": 0
        					},
        					"id": 50364,
        					"p": 0.98,
        					"t_dtw": -1
        				},
        				{
        					"text": " Rap",
        					"timestamps": {
        						"from": "00:00:00,040",
        						"to": "00:00:00,320"
        					},
        					"offsets": {
        						"from": 40,
        						"to": 320
        					},
        					"id": 16184,
        					"p": 0.5,
        					"t_dtw": -1
        				},
        				{
        					"text": "at",
        					"timestamps": {
        						"from": "00:00:00,320",
        						"to": "00:00:00,500"
        					},
        					"offsets": {
        						"from": 320,
        						"to": 500
        					},
        					"id": 267,
        					"p": 1,
        					"t_dtw": -1
        				},
        				{
        					"text": " dibuka",
        					"timestamps": {
        						"from": "00:00:00,500",
        						"to": "00:00:01,000"
        					},
        					"offsets": {
        						"from": 500,
        						"to": 1000
        					},
        					"id": 4001,
        					"p": 0.8,
        					"t_dtw": -1
        				},
        				{
        					"text": ",",
        					"timestamps": {
        						"from": "00:00:01,000",
        						"to": "00:00:01,010"
        					},
        					"offsets": {
        						"from": 1000,
        						"to": 1010
        					},
        					"id": 11,
        					"p": 0.6,
        					"t_dtw": -1
        				},
        				{
        					"text": " \"pukul\"",
        					"id": 4002,
        					"p": 0.7,
        					"t_dtw": -1
        				},
        				{
        					"text": " sembilan",
        					"timestamps": {
        						"from": "00:00:01,400",
        						"to": "00:00:02,100"
        					},
        					"offsets": {
        						"from": 1400,
        						"to": 2100
        					},
        					"id": 4003,
        					"p": 0.9,
        					"t_dtw": -1
        				},
        				{
        					"text": ".",
        					"timestamps": {
        						"from": "00:00:02,100",
        						"to": "00:00:02,200"
        					},
        					"offsets": {
        						"from": 2100,
        						"to": 2200
        					},
        					"id": 13,
        					"p": 0.9,
        					"t_dtw": -1
        				},
        				{
        					"text": "[_TT_128]",
        					"timestamps": {
        						"from": "00:00:02,560",
        						"to": "00:00:02,560"
        					},
        					"offsets": {
        						"from": 2560,
        						"to": 2560
        					},
        					"id": 50492,
        					"p": 0.3,
        					"t_dtw": -1
        				}
        			]
        		},
        		{
        			"timestamps": {
        				"from": "00:00:02,560",
        				"to": "00:00:04,000"
        			},
        			"offsets": {
        				"from": 2560,
        				"to": 4000
        			},
        			"text": " Harga <BS> €9.",
        			"tokens": [
        				{
        					"text": " Harga",
        					"timestamps": {
        						"from": "00:00:02,560",
        						"to": "00:00:03,000"
        					},
        					"offsets": {
        						"from": 2560,
        						"to": 3000
        					},
        					"id": 5001,
        					"p": 0.9,
        					"t_dtw": -1
        				},
        				{
        					"text": " <E2><82>",
        					"timestamps": {
        						"from": "00:00:03,000",
        						"to": "00:00:03,400"
        					},
        					"offsets": {
        						"from": 3000,
        						"to": 3400
        					},
        					"id": 5002,
        					"p": 0.5,
        					"t_dtw": -1
        				},
        				{
        					"text": "<AC>",
        					"timestamps": {
        						"from": "00:00:03,400",
        						"to": "00:00:03,500"
        					},
        					"offsets": {
        						"from": 3400,
        						"to": 3500
        					},
        					"id": 5003,
        					"p": 0.6,
        					"t_dtw": -1
        				},
        				{
        					"text": "9",
        					"timestamps": {
        						"from": "00:00:03,500",
        						"to": "00:00:03,800"
        					},
        					"offsets": {
        						"from": 3500,
        						"to": 3800
        					},
        					"id": 24,
        					"p": 0.7,
        					"t_dtw": -1
        				},
        				{
        					"text": ".",
        					"timestamps": {
        						"from": "00:00:03,800",
        						"to": "00:00:03,900"
        					},
        					"offsets": {
        						"from": 3800,
        						"to": 3900
        					},
        					"id": 13,
        					"p": 0.2,
        					"t_dtw": -1
        				}
        			]
        		}
        	]
        }

        """#
}
