//! Records: read in batches, handed on whole.

use std::ffi::{CStr, CString};
use std::marker::PhantomData;
use std::ptr;
use std::time::Duration;

use rdkafka::client::{Client, ClientContext};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};

use super::{Code, NO_ERROR, c_string, native};

/// librdkafka copies key and value of a record that is produced with this flag.
const COPY: i32 = native::RD_KAFKA_MSG_F_COPY;

/// A queue into which partitions of one consumer deliver.
pub struct Feed<'consumer> {
    queue: *mut native::rd_kafka_queue_t,
    batch: Vec<*mut native::rd_kafka_message_t>,
    consumer: PhantomData<&'consumer ()>,
}

// SAFETY: a queue of librdkafka may be used from any thread; the batch belongs to the feed.
unsafe impl Send for Feed<'_> {}

impl<'consumer> Feed<'consumer> {
    /// Makes a queue that gives up to `batch` records at once.
    pub fn new<C: ConsumerContext>(consumer: &'consumer BaseConsumer<C>, batch: usize) -> Self {
        Self {
            // SAFETY: the feed cannot outlive the consumer.
            queue: unsafe { native::rd_kafka_queue_new(consumer.client().native_ptr()) },
            batch: vec![ptr::null_mut(); batch.max(1)],
            consumer: PhantomData,
        }
    }

    /// Lets an assigned partition deliver here instead of into the consumer's own queue.
    ///
    /// # Errors
    ///
    /// [`Code::UnknownPartition`] when the consumer does not know the partition.
    pub fn take<C: ConsumerContext>(
        &self,
        consumer: &BaseConsumer<C>,
        topic: &str,
        partition: i32,
    ) -> Result<(), Code> {
        let topic = c_string(topic)?;
        // SAFETY: the partition's queue is borrowed and given back; forwarding keeps its own reference.
        unsafe {
            let native = consumer.client().native_ptr();
            let queue = native::rd_kafka_queue_get_partition(native, topic.as_ptr(), partition);
            if queue.is_null() {
                return Err(Code::UnknownPartition);
            }
            native::rd_kafka_queue_forward(queue, self.queue);
            native::rd_kafka_queue_destroy(queue);
        }
        Ok(())
    }

    /// Waits up to `patience` for something and gives everything that is there, up to a batch.
    pub fn next(&mut self, patience: Duration) -> Batch<'_> {
        let mut count = self.fill(0, self.batch.len());
        if count == 0 && !patience.is_zero() {
            // A full batch would be waited for; so one record is, and then what came with it is taken.
            let milliseconds = i32::try_from(patience.as_millis()).unwrap_or(i32::MAX);
            count = self.fill(milliseconds, 1);
        }
        Batch {
            messages: &self.batch[..count],
        }
    }

    fn fill(&mut self, milliseconds: i32, most: usize) -> usize {
        // SAFETY: the batch has room for `most` pointers.
        let count = unsafe {
            native::rd_kafka_consume_batch_queue(self.queue, milliseconds, self.batch.as_mut_ptr(), most)
        };
        usize::try_from(count).unwrap_or(0)
    }
}

impl Drop for Feed<'_> {
    fn drop(&mut self) {
        // SAFETY: made in `new`, destroyed once, while the consumer is alive.
        unsafe { native::rd_kafka_queue_destroy(self.queue) }
    }
}

/// Records taken from a feed; given back to librdkafka when dropped.
pub struct Batch<'feed> {
    messages: &'feed [*mut native::rd_kafka_message_t],
}

impl Batch<'_> {
    /// What came, in order.
    pub fn iter(&self) -> impl Iterator<Item = Arrival<'_>> {
        self.messages.iter().map(|message| {
            // SAFETY: the message lives until the batch is dropped.
            let raw = unsafe { &**message };
            Arrival {
                raw,
                message: *message,
            }
        })
    }

    /// Whether nothing came.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        for message in self.messages {
            // SAFETY: each message came from the queue and is destroyed once.
            unsafe { native::rd_kafka_message_destroy(*message) }
        }
    }
}

/// One thing that a partition delivered: a record, its end, or an error.
#[derive(Clone, Copy)]
pub struct Arrival<'batch> {
    raw: &'batch native::rd_kafka_message_t,
    message: *mut native::rd_kafka_message_t,
}

/// What an [`Arrival`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Record,
    /// Everything before [`Arrival::offset`] was read, markers and gaps included.
    End,
    Error(Code),
}

impl<'batch> Arrival<'batch> {
    /// Record, end, or error.
    pub fn kind(&self) -> Kind {
        match self.raw.err {
            NO_ERROR => Kind::Record,
            native::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR__PARTITION_EOF => Kind::End,
            code => Kind::Error(code.into()),
        }
    }

    /// A value that is equal for records of the same topic that came through the same feed, and cheap to compare.
    pub fn topic_identity(&self) -> usize {
        self.raw.rkt as usize
    }

    /// The name of the topic.
    pub fn topic(&self) -> String {
        if self.raw.rkt.is_null() {
            return String::new();
        }
        // SAFETY: the message holds its topic.
        super::text(unsafe { native::rd_kafka_topic_name(self.raw.rkt) })
    }

    pub fn partition(&self) -> i32 {
        self.raw.partition
    }

    pub fn offset(&self) -> i64 {
        self.raw.offset
    }

    /// `None` is a null key, which is not the empty key.
    pub fn key(&self) -> Option<&'batch [u8]> {
        bytes(self.raw.key, self.raw.key_len)
    }

    /// `None` is a tombstone.
    pub fn value(&self) -> Option<&'batch [u8]> {
        bytes(self.raw.payload, self.raw.len)
    }

    /// Milliseconds since 1970; -1 for a record of before Kafka 0.10.
    pub fn timestamp(&self) -> i64 {
        // SAFETY: the message is alive.
        unsafe { native::rd_kafka_message_timestamp(self.raw, ptr::null_mut()) }
    }

    /// Every header in order, repeated keys included: its key and its value, which may be null.
    pub fn each_header(&self, mut each: impl FnMut(&[u8], Option<&[u8]>)) {
        let mut headers = ptr::null_mut();
        // SAFETY: the message owns its headers; name and value live as long as they do.
        unsafe {
            if native::rd_kafka_message_headers(self.raw, &raw mut headers) != NO_ERROR {
                return;
            }
            for index in 0.. {
                let (mut name, mut value, mut length) = (ptr::null(), ptr::null(), 0);
                let (name_out, value_out) = (&raw mut name, &raw mut value);
                let found =
                    native::rd_kafka_header_get_all(headers, index, name_out, value_out, &raw mut length);
                if found != NO_ERROR {
                    return;
                }
                each(CStr::from_ptr(name).to_bytes(), bytes(value, length));
            }
        }
    }
}

fn bytes<'a>(pointer: *const std::ffi::c_void, length: usize) -> Option<&'a [u8]> {
    // SAFETY: librdkafka gives the length of what it points to; the caller ties the lifetime to the owner.
    (!pointer.is_null()).then(|| unsafe { std::slice::from_raw_parts(pointer.cast(), length) })
}

/// A topic of a producer, ready to be written to.
pub struct Route<'producer> {
    producer: *mut native::rd_kafka_t,
    topic: *mut native::rd_kafka_topic_t,
    owner: PhantomData<&'producer ()>,
}

// SAFETY: librdkafka's handles may be used from any thread.
unsafe impl Send for Route<'_> {}

impl<'producer> Route<'producer> {
    /// Opens `topic` for writing.
    ///
    /// # Errors
    ///
    /// [`Code::InvalidArgument`] for a name that no topic can have.
    pub fn open<C: ClientContext>(producer: &'producer Client<C>, topic: &str) -> Result<Self, Code> {
        let name: CString = c_string(topic)?;
        let producer = producer.native_ptr();
        // SAFETY: librdkafka copies the name; without a configuration the producer's own is used.
        let topic = unsafe { native::rd_kafka_topic_new(producer, name.as_ptr(), ptr::null_mut()) };
        if topic.is_null() {
            return Err(Code::InvalidArgument);
        }
        Ok(Self {
            producer,
            topic,
            owner: PhantomData,
        })
    }

    /// Hands a record on to the same partition, byte for byte; `opaque` comes back with its delivery.
    ///
    /// # Errors
    ///
    /// [`Code::QueueFull`] when the producer holds too much: the record is untouched and may be sent again.
    pub fn forward(&self, record: &Arrival<'_>, opaque: usize) -> Result<(), Code> {
        use native::rd_kafka_vtype_t as Part;
        let mut headers = ptr::null_mut();
        // SAFETY: `part` sets the member of the union that its type says; key and value are copied; the copy of the
        // headers belongs to librdkafka once it took the record, and is destroyed here otherwise.
        unsafe {
            let mut owned = ptr::null_mut();
            if native::rd_kafka_message_headers(record.message, &raw mut headers) == NO_ERROR {
                owned = native::rd_kafka_headers_copy(headers);
            }
            let mut parts: [native::rd_kafka_vu_t; 8] = std::mem::zeroed();
            parts[0].vtype = Part::RD_KAFKA_VTYPE_RKT;
            parts[0].u.rkt = self.topic;
            parts[1].vtype = Part::RD_KAFKA_VTYPE_PARTITION;
            parts[1].u.i32_ = record.raw.partition;
            parts[2].vtype = Part::RD_KAFKA_VTYPE_MSGFLAGS;
            parts[2].u.i = COPY;
            parts[3].vtype = Part::RD_KAFKA_VTYPE_VALUE;
            parts[3].u.mem.ptr = record.raw.payload;
            parts[3].u.mem.size = record.raw.len;
            parts[4].vtype = Part::RD_KAFKA_VTYPE_KEY;
            parts[4].u.mem.ptr = record.raw.key;
            parts[4].u.mem.size = record.raw.key_len;
            parts[5].vtype = Part::RD_KAFKA_VTYPE_OPAQUE;
            parts[5].u.ptr = opaque as *mut _;
            parts[6].vtype = Part::RD_KAFKA_VTYPE_TIMESTAMP;
            parts[6].u.i64_ = record.timestamp();
            parts[7].vtype = Part::RD_KAFKA_VTYPE_HEADERS;
            parts[7].u.headers = owned;
            let count = if owned.is_null() { 7 } else { 8 };
            let error = native::rd_kafka_produceva(self.producer, parts.as_ptr(), count);
            if error.is_null() {
                return Ok(());
            }
            let code = native::rd_kafka_error_code(error).into();
            native::rd_kafka_error_destroy(error);
            if !owned.is_null() {
                native::rd_kafka_headers_destroy(owned);
            }
            Err(code)
        }
    }
}

impl Drop for Route<'_> {
    fn drop(&mut self) {
        // SAFETY: made in `open`, destroyed once, while the producer is alive.
        unsafe { native::rd_kafka_topic_destroy(self.topic) }
    }
}
