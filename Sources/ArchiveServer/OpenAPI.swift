// One long text: its lines are as long as their contents.
// swift-format-ignore-file

/// The OpenAPI 3.1 document of the interface; a test holds it against the routes and the answers.
enum OpenAPI {
    /// Served at `/v1/openapi.yaml`.
    static let document = #"""
        openapi: 3.1.0
        info:
          title: Risalah
          version: 0.1.0
          description: >-
            An archive for meeting recordings. TLS 1.3 with client certificates; every request but the enrolment needs one.
            Docs/http.md says what each field means.
        security:
          - certificate: []
        paths:
          /v1/enrolments:
            post:
              operationId: enrol
              summary: Turn an invite into a certificate, once
              security: []
              requestBody:
                required: true
                content:
                  application/json: { schema: { $ref: '#/components/schemas/EnrolmentRequest' } }
              responses:
                '201':
                  description: Enrolled
                  content:
                    application/json: { schema: { $ref: '#/components/schemas/Enrolment' } }
                default: { $ref: '#/components/responses/Problem' }
          /v1/whoami:
            get:
              operationId: whoAmI
              summary: The caller
              responses:
                '200':
                  description: The caller
                  content:
                    application/json: { schema: { $ref: '#/components/schemas/WhoAmI' } }
                default: { $ref: '#/components/responses/Problem' }
          /v1/recipients:
            get:
              operationId: recipients
              summary: To whom recordings of each level are sealed
              responses:
                '200':
                  description: Levels, lowest first
                  content:
                    application/json: { schema: { $ref: '#/components/schemas/Recipients' } }
                default: { $ref: '#/components/responses/Problem' }
          /v1/openapi.yaml:
            get:
              operationId: openapi
              summary: This document
              responses:
                '200':
                  description: This document
                  content:
                    application/yaml: { schema: { type: string } }
                default: { $ref: '#/components/responses/Problem' }
          /v1/uploads:
            options:
              operationId: uploadOptions
              summary: What of tus is spoken
              responses:
                '204':
                  description: In the headers
                default: { $ref: '#/components/responses/Problem' }
            post:
              operationId: createUpload
              summary: Begin a resumable upload of a sealed recording
              parameters:
                - { name: Tus-Resumable, in: header, required: true, schema: { const: 1.0.0 } }
                - { name: Upload-Length, in: header, required: false, schema: { type: integer } }
                - { name: Upload-Defer-Length, in: header, required: false, schema: { const: 1 } }
                - { name: Upload-Metadata, in: header, required: false, schema: { type: string } }
              responses:
                '201':
                  description: Begun; its address in Location
                default: { $ref: '#/components/responses/Problem' }
          /v1/uploads/{id}:
            parameters:
              - { name: id, in: path, required: true, schema: { $ref: '#/components/schemas/Id' } }
            head:
              operationId: uploadStatus
              summary: Where an upload stands
              parameters:
                - { name: Tus-Resumable, in: header, required: true, schema: { const: 1.0.0 } }
              responses:
                '200':
                  description: In the headers
                default: { $ref: '#/components/responses/Problem' }
            patch:
              operationId: appendToUpload
              summary: Append at the offset
              parameters:
                - { name: Tus-Resumable, in: header, required: true, schema: { const: 1.0.0 } }
                - { name: Upload-Offset, in: header, required: true, schema: { type: integer } }
                - { name: Upload-Length, in: header, required: false, schema: { type: integer } }
              requestBody:
                required: true
                content:
                  application/offset+octet-stream: { schema: { type: string, contentMediaType: application/octet-stream } }
              responses:
                '204':
                  description: Durable up to Upload-Offset; when complete, Archive-Recording
                default: { $ref: '#/components/responses/Problem' }
            post:
              operationId: overrideMethod
              summary: HEAD or PATCH under X-HTTP-Method-Override
              parameters:
                - { name: Tus-Resumable, in: header, required: true, schema: { const: 1.0.0 } }
                - { name: X-HTTP-Method-Override, in: header, required: true, schema: { enum: [HEAD, PATCH] } }
              responses:
                '200':
                  description: As HEAD
                '204':
                  description: As PATCH
                default: { $ref: '#/components/responses/Problem' }
          /v1/recordings:
            put:
              operationId: storeRecording
              summary: Store a whole recording in one shot
              parameters:
                - { name: level, in: query, schema: { type: string } }
                - { name: unit, in: query, schema: { type: string } }
                - { name: series, in: query, schema: { type: string } }
                - { name: title, in: query, schema: { type: string } }
                - { name: meeting, in: query, schema: { type: string } }
                - { name: started, in: query, schema: { type: string, format: date-time } }
                - { name: description, in: query, schema: { type: string } }
                - { name: compartment, in: query, schema: { type: array, items: { type: string } } }
                - { name: participant, in: query, schema: { type: array, items: { type: string } } }
              requestBody:
                required: true
                content:
                  application/age: { schema: { type: string, contentMediaType: application/octet-stream } }
                  application/octet-stream: { schema: { type: string, contentMediaType: application/octet-stream } }
                  audio/ogg: { schema: { type: string, contentMediaType: application/octet-stream } }
              responses:
                '201':
                  description: Stored
                  content:
                    application/json: { schema: { $ref: '#/components/schemas/StoredRecording' } }
                default: { $ref: '#/components/responses/Problem' }
            get:
              operationId: findRecordings
              summary: Recordings that the caller may see, newest first
              parameters:
                - { name: level, in: query, schema: { type: string } }
                - { name: unit, in: query, schema: { type: string } }
                - { name: meeting, in: query, schema: { type: string } }
                - { name: since, in: query, schema: { type: string, format: date-time } }
                - { name: until, in: query, schema: { type: string, format: date-time } }
                - { name: limit, in: query, schema: { type: integer, minimum: 1, maximum: 500, default: 50 } }
                - { name: cursor, in: query, schema: { type: string } }
              responses:
                '200':
                  description: A page
                  content:
                    application/json: { schema: { $ref: '#/components/schemas/RecordingPage' } }
                default: { $ref: '#/components/responses/Problem' }
          /v1/recordings/{id}:
            parameters:
              - { name: id, in: path, required: true, schema: { $ref: '#/components/schemas/Id' } }
            get:
              operationId: showRecording
              summary: One recording
              responses:
                '200':
                  description: The recording
                  content:
                    application/json: { schema: { $ref: '#/components/schemas/Recording' } }
                default: { $ref: '#/components/responses/Problem' }
          /v1/recordings/{id}/accesses:
            parameters:
              - { name: id, in: path, required: true, schema: { $ref: '#/components/schemas/Id' } }
            post:
              operationId: openAccess
              summary: Ask to open a recording
              requestBody:
                required: true
                content:
                  application/json: { schema: { $ref: '#/components/schemas/AccessRequest' } }
              responses:
                '201':
                  description: Open
                  content:
                    application/json: { schema: { $ref: '#/components/schemas/Access' } }
                default: { $ref: '#/components/responses/Problem' }
          /v1/accesses/{id}:
            parameters:
              - { name: id, in: path, required: true, schema: { $ref: '#/components/schemas/Id' } }
            delete:
              operationId: closeAccess
              summary: Close an access of one's own
              responses:
                '204':
                  description: Closed
                default: { $ref: '#/components/responses/Problem' }
          /v1/accesses/{id}/recording.opus.age:
            parameters:
              - { name: id, in: path, required: true, schema: { $ref: '#/components/schemas/Id' } }
            get:
              operationId: fetchSealed
              summary: An age file for the caller's own key
              parameters:
                - { name: Range, in: header, required: false, schema: { type: string } }
                - { name: If-Range, in: header, required: false, schema: { type: string } }
              responses:
                '200':
                  description: The whole
                  content:
                    application/age: { schema: { type: string, contentMediaType: application/octet-stream } }
                '206':
                  description: A range
                  content:
                    application/age: { schema: { type: string, contentMediaType: application/octet-stream } }
                '416':
                  description: No such range
                default: { $ref: '#/components/responses/Problem' }
          /v1/accesses/{id}/recording.opus:
            parameters:
              - { name: id, in: path, required: true, schema: { $ref: '#/components/schemas/Id' } }
            get:
              operationId: fetchOpened
              summary: The stream, opened by the archive
              parameters:
                - { name: Range, in: header, required: false, schema: { type: string } }
                - { name: If-Range, in: header, required: false, schema: { type: string } }
              responses:
                '200':
                  description: The whole
                  content:
                    audio/ogg: { schema: { type: string, contentMediaType: application/octet-stream } }
                '206':
                  description: A range
                  content:
                    audio/ogg: { schema: { type: string, contentMediaType: application/octet-stream } }
                '416':
                  description: No such range
                default: { $ref: '#/components/responses/Problem' }
          /v1/audit/entries:
            get:
              operationId: readLog
              summary: Entries, oldest first
              parameters:
                - { name: actor, in: query, schema: { type: string } }
                - { name: object, in: query, schema: { type: string } }
                - { name: action, in: query, schema: { type: string } }
                - { name: decision, in: query, schema: { enum: [allow, refuse] } }
                - { name: since, in: query, schema: { type: string, format: date-time } }
                - { name: until, in: query, schema: { type: string, format: date-time } }
                - { name: after, in: query, schema: { type: integer } }
                - { name: limit, in: query, schema: { type: integer, minimum: 1, maximum: 1000, default: 200 } }
              responses:
                '200':
                  description: A page
                  content:
                    application/json: { schema: { $ref: '#/components/schemas/EntryPage' } }
                default: { $ref: '#/components/responses/Problem' }
          /v1/audit/checkpoint:
            get:
              operationId: checkpoint
              summary: The newest C2SP checkpoint
              responses:
                '200':
                  description: A signed note
                  content:
                    text/plain: { schema: { type: string } }
                default: { $ref: '#/components/responses/Problem' }
          /v1/audit/verification:
            get:
              operationId: verifyLog
              summary: Rebuild the log from its entries
              responses:
                '200':
                  description: The verdict
                  content:
                    application/json: { schema: { $ref: '#/components/schemas/LogVerification' } }
                default: { $ref: '#/components/responses/Problem' }
        components:
          securitySchemes:
            certificate: { type: mutualTLS }
          responses:
            Problem:
              description: What went wrong (RFC 9457)
              content:
                application/problem+json: { schema: { $ref: '#/components/schemas/Problem' } }
          schemas:
            Id: { type: string, pattern: '^[a-z2-7]{26}$' }
            Problem:
              type: object
              required: [type, title, status, detail, code]
              properties:
                type: { type: string }
                title: { type: string }
                status: { type: integer }
                detail: { type: string }
                code: { type: string }
                hint: { type: string }
                offset: { type: integer }
            Label:
              type: object
              required: [level, compartments]
              properties:
                level: { type: string }
                compartments: { type: array, items: { type: string } }
            EnrolmentRequest:
              type: object
              required: [principal, secret, csr, x25519, hybrid]
              properties:
                principal: { $ref: '#/components/schemas/Id' }
                secret: { type: string, contentEncoding: base64 }
                csr: { type: string }
                x25519: { type: string }
                hybrid: { type: string }
            Enrolment:
              type: object
              required: [principal, role, certificate, expires]
              properties:
                principal: { $ref: '#/components/schemas/Id' }
                role: { type: string }
                certificate: { type: string }
                expires: { type: string, format: date-time }
            WhoAmI:
              type: object
              required: [principal, name, role, clearance, unit, expires, solo]
              properties:
                principal: { $ref: '#/components/schemas/Id' }
                name: { type: string }
                role: { type: string }
                clearance: { $ref: '#/components/schemas/Label' }
                unit: { type: string }
                expires: { type: string, format: date-time }
                solo: { type: boolean }
            Recipients:
              type: object
              required: [levels]
              properties:
                levels: { type: array, items: { type: object, required: [level, hybrid, sealedOnly], properties: { level: { type: string }, x25519: { type: string }, hybrid: { type: string }, sealedOnly: { type: boolean } } } }
            Finding:
              type: object
              required: [code, offset, message]
              properties:
                code: { type: string }
                offset: { type: integer }
                message: { type: string }
            StoredRecording:
              type: object
              required: [id, state, duration, loss, findings]
              properties:
                id: { $ref: '#/components/schemas/Id' }
                state: { enum: [stored, incomplete] }
                duration: { type: number }
                loss: { type: number }
                findings: { type: array, items: { $ref: '#/components/schemas/Finding' } }
            Recording:
              type: object
              required: [id, state, level, compartments, unit, series, title, participants, received, duration, loss, findings, channels, bitrate, size, digest, retention]
              properties:
                id: { $ref: '#/components/schemas/Id' }
                state: { enum: [stored, incomplete] }
                level: { type: string }
                compartments: { type: array, items: { type: string } }
                unit: { type: string }
                series: { type: string }
                title: { type: string }
                meeting: { type: string }
                participants: { type: array, items: { type: string } }
                description: { type: string }
                started: { type: string, format: date-time }
                received: { type: string, format: date-time }
                duration: { type: number }
                loss: { type: number }
                findings: { type: array, items: { $ref: '#/components/schemas/Finding' } }
                channels: { type: integer }
                bitrate: { type: integer }
                size: { type: integer }
                digest: { type: string }
                retention: { type: object, required: [due, then, rule], properties: { due: { type: string, format: date-time }, then: { enum: [destroy, review, permanent] }, rule: { type: string } } }
            RecordingPage:
              type: object
              required: [recordings]
              properties:
                recordings: { type: array, items: { $ref: '#/components/schemas/Recording' } }
                next: { type: string }
            AccessRequest:
              type: object
              required: []
              properties:
                purpose: { type: string }
                recipient: { enum: [x25519, hybrid] }
            Access:
              type: object
              required: [id, state, expires, links]
              properties:
                id: { $ref: '#/components/schemas/Id' }
                state: { enum: [open, closed] }
                expires: { type: string, format: date-time }
                links: { type: object, required: [sealed], properties: { sealed: { type: string }, opus: { type: string } } }
            Entry:
              type: object
              required: [seq, time, actor, role, action, decision, details, commitments, texts]
              properties:
                seq: { type: integer }
                time: { type: string, format: date-time }
                actor: { type: string }
                role: { type: string }
                certificate: { type: string }
                action: { type: string }
                object: { type: string }
                label: { type: string }
                decision: { enum: [allow, refuse] }
                details: { type: object, additionalProperties: { type: string } }
                commitments: { type: object, additionalProperties: { type: string } }
                texts: { type: object, additionalProperties: { type: string } }
                name: { type: string }
            EntryPage:
              type: object
              required: [entries]
              properties:
                entries: { type: array, items: { $ref: '#/components/schemas/Entry' } }
                next: { type: integer }
            LogVerification:
              type: object
              required: [whole, size, root, erased]
              properties:
                whole: { type: boolean }
                size: { type: integer }
                root: { type: string }
                firstBad: { type: integer }
                reason: { type: string }
                erased: { type: integer }

        """#
}
