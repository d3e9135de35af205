# The clinic's records, documents and roles in Terraform; what stands in network.yaml and the API is left out here.
provider "aws" {
  region = "us-east-1"
}

resource "aws_kms_key" "data" {
  description             = "Patient records, documents and secrets"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  tags                    = { TenantId = "pooled", Environment = "production" }
  lifecycle {
    prevent_destroy = true
  }
}

# One table for every clinic. pk is TENANT#<clinic>#PATIENT#<id>; the index starts with the same two parts.
resource "aws_dynamodb_table" "patients" {
  name                        = "virtual-clinic-patients"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "pk"
  range_key                   = "sk"
  deletion_protection_enabled = true
  attribute {
    name = "pk"
    type = "S"
  }
  attribute {
    name = "sk"
    type = "S"
  }
  point_in_time_recovery {
    enabled = true
  }
  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.data.arn
  }
  tags = { TenantId = "pooled", Environment = "production" }
  lifecycle {
    prevent_destroy = true
  }
}

# Referrals, lab results and images under tenant/<clinic>/.
resource "aws_s3_bucket" "documents" {
  bucket = "virtual-clinic-documents-111122223333"
  tags   = { TenantId = "pooled", Environment = "production" }
  lifecycle {
    prevent_destroy = true
  }
}
resource "aws_s3_bucket_server_side_encryption_configuration" "documents" {
  bucket = aws_s3_bucket.documents.id
  rule {
    bucket_key_enabled = true
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.data.arn
    }
  }
}
resource "aws_s3_bucket_versioning" "documents" {
  bucket = aws_s3_bucket.documents.id
  versioning_configuration {
    status = "Enabled"
  }
}
resource "aws_s3_bucket_public_access_block" "documents" {
  bucket                  = aws_s3_bucket.documents.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
resource "aws_s3_bucket_ownership_controls" "documents" {
  bucket = aws_s3_bucket.documents.id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}
resource "aws_s3_bucket_logging" "documents" {
  bucket        = aws_s3_bucket.documents.id
  target_bucket = aws_s3_bucket.access_logs.id
  target_prefix = "documents/"
}
resource "aws_s3_bucket_lifecycle_configuration" "documents" {
  bucket = aws_s3_bucket.documents.id
  rule {
    id     = "old-versions"
    status = "Enabled"
    filter {}
    noncurrent_version_expiration {
      noncurrent_days = 365
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }
}
resource "aws_s3_bucket_policy" "documents" {
  bucket = aws_s3_bucket.documents.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [aws_s3_bucket.documents.arn, "${aws_s3_bucket.documents.arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}

resource "aws_kms_key" "logs" {
  description             = "Logs and the audit trail"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AdministeredThroughIam"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::111122223333:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "LogGroupsOfThisAccount"
        Effect    = "Allow"
        Principal = { Service = "logs.us-east-1.amazonaws.com" }
        Action    = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
        Resource  = "*"
        Condition = { ArnLike = { "kms:EncryptionContext:aws:logs:arn" = "arn:aws:logs:us-east-1:111122223333:log-group:*" } }
      },
      {
        Sid       = "TheAuditTrail"
        Effect    = "Allow"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Action    = ["kms:GenerateDataKey*", "kms:DescribeKey"]
        Resource  = "*"
        Condition = { StringEquals = { "aws:SourceArn" = "arn:aws:cloudtrail:us-east-1:111122223333:trail/virtual-clinic-audit" } }
      },
    ]
  })
  tags = { TenantId = "pooled", Environment = "production" }
  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket" "audit_trail" {
  bucket = "virtual-clinic-audit-111122223333"
  object_lock_enabled = true
  tags = { TenantId = "pooled", Environment = "production" }
  lifecycle {
    prevent_destroy = true
  }
}
resource "aws_s3_bucket_server_side_encryption_configuration" "audit_trail" {
  bucket = aws_s3_bucket.audit_trail.id
  rule {
    bucket_key_enabled = true
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.logs.arn
    }
  }
}
resource "aws_s3_bucket_versioning" "audit_trail" {
  bucket = aws_s3_bucket.audit_trail.id
  versioning_configuration {
    status = "Enabled"
  }
}
resource "aws_s3_bucket_public_access_block" "audit_trail" {
  bucket                  = aws_s3_bucket.audit_trail.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
resource "aws_s3_bucket_ownership_controls" "audit_trail" {
  bucket = aws_s3_bucket.audit_trail.id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}
resource "aws_s3_bucket_logging" "audit_trail" {
  bucket        = aws_s3_bucket.audit_trail.id
  target_bucket = aws_s3_bucket.access_logs.id
  target_prefix = "audit-trail/"
}
resource "aws_s3_bucket_lifecycle_configuration" "audit_trail" {
  bucket = aws_s3_bucket.audit_trail.id
  rule {
    # Six years, as long as HIPAA asks documentation to be kept.
    id     = "six-years"
    status = "Enabled"
    filter {}
    expiration {
      days = 2192
    }
  }
}
resource "aws_s3_bucket_policy" "audit_trail" {
  bucket = aws_s3_bucket.audit_trail.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "TlsOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [aws_s3_bucket.audit_trail.arn, "${aws_s3_bucket.audit_trail.arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      {
        Sid       = "TrailLooks"
        Effect    = "Allow"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Action    = "s3:GetBucketAcl"
        Resource  = aws_s3_bucket.audit_trail.arn
        Condition = { StringEquals = { "aws:SourceArn" = "arn:aws:cloudtrail:us-east-1:111122223333:trail/virtual-clinic-audit" } }
      },
      {
        Sid       = "TrailWrites"
        Effect    = "Allow"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Action    = "s3:PutObject"
        Resource  = "${aws_s3_bucket.audit_trail.arn}/AWSLogs/111122223333/*"
        Condition = { StringEquals = { "aws:SourceArn" = "arn:aws:cloudtrail:us-east-1:111122223333:trail/virtual-clinic-audit" } }
      },
    ]
  })
}

# S3 delivers access logs only to a bucket whose default encryption is SSE-S3.
resource "aws_s3_bucket" "access_logs" {
  bucket = "virtual-clinic-access-logs-111122223333"
  tags = { TenantId = "pooled", Environment = "production" }
  lifecycle {
    prevent_destroy = true
  }
}
resource "aws_s3_bucket_server_side_encryption_configuration" "access_logs" {
  bucket = aws_s3_bucket.access_logs.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}
resource "aws_s3_bucket_versioning" "access_logs" {
  bucket = aws_s3_bucket.access_logs.id
  versioning_configuration {
    status = "Enabled"
  }
}
resource "aws_s3_bucket_public_access_block" "access_logs" {
  bucket                  = aws_s3_bucket.access_logs.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
resource "aws_s3_bucket_ownership_controls" "access_logs" {
  bucket = aws_s3_bucket.access_logs.id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}
resource "aws_s3_bucket_lifecycle_configuration" "access_logs" {
  bucket = aws_s3_bucket.access_logs.id
  rule {
    id     = "six-years"
    status = "Enabled"
    filter {}
    expiration {
      days = 2192
    }
  }
}
resource "aws_s3_bucket_policy" "access_logs" {
  bucket = aws_s3_bucket.access_logs.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "TlsOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [aws_s3_bucket.access_logs.arn, "${aws_s3_bucket.access_logs.arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      {
        Sid       = "LogDelivery"
        Effect    = "Allow"
        Principal = { Service = "logging.s3.amazonaws.com" }
        Action    = "s3:PutObject"
        Resource  = "${aws_s3_bucket.access_logs.arn}/*"
        Condition = { StringEquals = { "aws:SourceAccount" = "111122223333" } }
      },
    ]
  })
}

resource "aws_cloudwatch_log_group" "trail" {
  name              = "/virtual-clinic/audit-trail"
  retention_in_days = 400
  kms_key_id        = aws_kms_key.logs.arn
  tags = { TenantId = "pooled", Environment = "production" }
  lifecycle {
    prevent_destroy = true
  }
}
resource "aws_iam_role" "trail" {
  name = "virtual-clinic-trail"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "cloudtrail.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
  tags = { TenantId = "pooled", Environment = "production" }
}
resource "aws_iam_role_policy" "deliver" {
  name = "deliver"
  role = aws_iam_role.trail.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["logs:CreateLogStream", "logs:PutLogEvents"], Resource = "${aws_cloudwatch_log_group.trail.arn}:*" }]
  })
}
# Each read and write of a record or document.
resource "aws_cloudtrail" "audit" {
  name                          = "virtual-clinic-audit"
  s3_bucket_name                = aws_s3_bucket.audit_trail.id
  is_multi_region_trail         = true
  include_global_service_events = true
  enable_log_file_validation    = true
  kms_key_id                    = aws_kms_key.logs.arn
  cloud_watch_logs_group_arn    = "${aws_cloudwatch_log_group.trail.arn}:*"
  cloud_watch_logs_role_arn     = aws_iam_role.trail.arn
  event_selector {
    read_write_type           = "All"
    include_management_events = true
    data_resource {
      type   = "AWS::DynamoDB::Table"
      values = [aws_dynamodb_table.patients.arn]
    }
    data_resource {
      type   = "AWS::S3::Object"
      values = ["${aws_s3_bucket.documents.arn}/"]
    }
  }
  tags = { TenantId = "pooled", Environment = "production" }
  depends_on = [aws_s3_bucket_policy.audit_trail]
}

# The only role that reaches records. The token-vending function alone may tag its sessions with a clinic.
resource "aws_iam_role" "patient_tenant" {
  name                 = "virtual-clinic-patient-tenant"
  max_session_duration = 3600
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = aws_iam_role.token_vending.arn }
      Action    = ["sts:AssumeRole", "sts:TagSession"]
      Condition = {
        StringLike                  = { "aws:RequestTag/TenantId" = "?*" }
        "ForAllValues:StringEquals" = { "aws:TagKeys" = ["TenantId"] }
      }
    }]
  })
  tags = { TenantId = "pooled", Environment = "production" }
}
resource "aws_iam_role_policy" "one_clinic" {
  name = "one-clinic"
  role = aws_iam_role.patient_tenant.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "RecordsOfTheClinic"
        Effect   = "Allow"
        Action   = ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"]
        Resource = aws_dynamodb_table.patients.arn
        Condition = {
          "ForAllValues:StringLike" = { "dynamodb:LeadingKeys" = ["TENANT#$${aws:PrincipalTag/TenantId}#*"] }
          # A request without keys would satisfy ForAllValues.
          Null = { "dynamodb:LeadingKeys" = "false" }
        }
      },
      {
        Sid      = "DocumentsOfTheClinic"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject"]
        Resource = "${aws_s3_bucket.documents.arn}/tenant/$${aws:PrincipalTag/TenantId}/*"
      },
    ]
  })
}

resource "aws_iam_role" "token_vending" {
  name = "virtual-clinic-token-vending"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
  tags = { TenantId = "pooled", Environment = "production" }
}
resource "aws_iam_role_policy" "vend" {
  name = "vend"
  role = aws_iam_role.token_vending.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["sts:AssumeRole", "sts:TagSession"]
      Resource = "arn:aws:iam::111122223333:role/virtual-clinic-patient-tenant"
    }]
  })
}

# No statement on records or documents: what this function reads, it reads with vended credentials.
resource "aws_iam_role" "patient_api" {
  name = "virtual-clinic-patient-api"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
  tags = { TenantId = "pooled", Environment = "production" }
}
resource "aws_lambda_function" "patient_api" {
  function_name                  = "virtual-clinic-patient-api"
  role                           = aws_iam_role.patient_api.arn
  runtime                        = "python3.13"
  handler                        = "patient_api.handle"
  s3_bucket                      = "artifacts"
  s3_key                         = "patient_api.zip"
  reserved_concurrent_executions = 200
  kms_key_arn                    = aws_kms_key.data.arn
  tracing_config {
    mode = "Active"
  }
  tags = { TenantId = "pooled", Environment = "production" }
}
